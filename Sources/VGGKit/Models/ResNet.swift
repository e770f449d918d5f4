// SPDX-License-Identifier: Apache-2.0

/// Residual networks, with torchvision's names and shapes of parameters.
///
/// K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. https://arxiv.org/abs/1512.03385
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`.
public struct ResNet: Classifier {
    /// 7×7 convolution of stride 2: 3 → 64 channels.
    public let conv1: Conv2d
    /// Normalises the output of `conv1`.
    public let bn1: BatchNorm2d
    /// 3×3 max pooling of stride 2.
    public let maxpool: MaxPool2d
    /// The paper's stage conv2_x, on maps of a quarter of the image's height and width.
    public let layer1: Sequential
    /// The paper's stage conv3_x, which halves the map.
    public let layer2: Sequential
    /// The paper's stage conv4_x, which halves the map.
    public let layer3: Sequential
    /// The paper's stage conv5_x, which halves the map: the last map of features.
    public let layer4: Sequential
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// The head: `[N, 512]`, 2048 with bottlenecks, → `[N, classCount]`.
    public let fc: Linear

    /// A column of the paper's table 1.
    public struct Depth: Sendable, Hashable, Codable {
        /// How many blocks each of the four stages has.
        public let blocks: [Int]
        /// Whether a block is a bottleneck, a 3×3 convolution between 1×1 ones, or has two 3×3 convolutions.
        public let isBottleneck: Bool

        private init(_ blocks: [Int], isBottleneck: Bool) {
            (self.blocks, self.isBottleneck) = (blocks, isBottleneck)
        }

        /// 18 layers: stages of 2, 2, 2 and 2 blocks with two convolutions each.
        public static let d18 = Depth([2, 2, 2, 2], isBottleneck: false)
        /// 34 layers: stages of 3, 4, 6 and 3 blocks with two convolutions each.
        public static let d34 = Depth([3, 4, 6, 3], isBottleneck: false)
        /// 50 layers: stages of 3, 4, 6 and 3 bottlenecks, with three convolutions each.
        public static let d50 = Depth([3, 4, 6, 3], isBottleneck: true)
        /// 101 layers: stages of 3, 4, 23 and 3 bottlenecks, with three convolutions each.
        public static let d101 = Depth([3, 4, 23, 3], isBottleneck: true)

        /// Names and weights of torchvision. Each row adds a network to the zoo.
        static let table: [(name: String, depth: Depth, weights: String)] = [
            ("resnet18", .d18, "resnet18-f37072fd"), ("resnet34", .d34, "resnet34-b627a593"),
            ("resnet50", .d50, "resnet50-0676ba61"), ("resnet101", .d101, "resnet101-63fe2227"),
        ]
    }

    /// Creates the network with new weights: Kaiming normal over fan-out for convolutions, PyTorch's default
    /// for the linear layer.
    /// - Parameter classCount: 1 … 1,048,576
    public init(
        _ depth: Depth, classCount: Int = 1000, file: StaticString = #fileID, line: UInt = #line
    ) {
        requireClasses(classCount, "ResNet", file: file, line: line)
        conv1 = Self.convolution(3, 64, kernelSize: 7, stride: 2)
        bn1 = BatchNorm2d(64)
        maxpool = MaxPool2d(kernelSize: 3, stride: 2, padding: 1)
        var channels = 64
        let stages = depth.blocks.enumerated().map { stage, count in
            Sequential(
                (0..<count).map { index -> any Layer in
                    let width = 64 << stage
                    let stride = stage > 0 && index == 0 ? 2 : 1
                    defer { channels = depth.isBottleneck ? 4 * width : width }
                    return depth.isBottleneck
                        ? Bottleneck(channels, width: width, stride: stride)
                        : BasicBlock(channels, width: width, stride: stride)
                })
        }
        (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        fc = Linear(channels, classCount)
    }

    public var headName: String { "fc" }

    /// → `[N, 512]`, 2048 with bottlenecks
    public func forwardFeatures(_ images: Tensor) -> Tensor {
        let beginning = maxpool(conv1(images, normalization: bn1, activation: .relu))
        return avgpool(layer4(layer3(layer2(layer1(beginning))))).flattened(from: 1)
    }

    public func forwardHead(_ features: Tensor) -> Tensor { fc(features) }

    /// A convolution without bias, because batch normalisation follows. The padding keeps the size, except
    /// for the stride.
    fileprivate static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1
    ) -> Conv2d {
        Conv2d(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride),
            padding: Extent(kernelSize / 2), bias: false, initializer: .kaimingNormal(mode: .fanOut))
    }

    /// The shortcut of a block that changes the shape.
    fileprivate static func shortcut(_ inChannels: Int, _ outChannels: Int, stride: Int) -> Sequential? {
        inChannels == outChannels && stride == 1
            ? nil
            : [
                convolution(inChannels, outChannels, kernelSize: 1, stride: stride), BatchNorm2d(outChannels),
            ]
    }
}

/// Two 3×3 convolutions beside a shortcut: `[N, C, H, W]` → `[N, width, H / stride, W / stride]`.
public struct BasicBlock: Layer {
    /// 3×3 convolution to `width` channels, with the block's stride.
    public let conv1: Conv2d
    /// Normalises the output of `conv1`.
    public let bn1: BatchNorm2d
    /// 3×3 convolution of stride 1.
    public let conv2: Conv2d
    /// Normalises the output of `conv2`.
    public let bn2: BatchNorm2d
    /// The shortcut where the shape changes: a 1×1 convolution and its normalisation. Nil where the input is
    /// added as it is.
    public let downsample: Sequential?

    /// - Parameters:
    ///   - channels: of the input
    ///   - width: of the output, in channels
    ///   - stride: of the first convolution and of the shortcut
    public init(_ channels: Int, width: Int, stride: Int) {
        conv1 = ResNet.convolution(channels, width, kernelSize: 3, stride: stride)
        bn1 = BatchNorm2d(width)
        conv2 = ResNet.convolution(width, width, kernelSize: 3)
        bn2 = BatchNorm2d(width)
        downsample = ResNet.shortcut(channels, width, stride: stride)
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        let first = conv1(input, normalization: bn1, activation: .relu)
        let residual = conv2(first, normalization: bn2)
        return relu(residual, plus: downsample?(input) ?? input)
    }
}

/// A 3×3 convolution between 1×1 ones that make the channels fewer and more again, beside a shortcut: `[N, C,
/// H, W]` → `[N, 4 · width, H / stride, W / stride]`. The stride is that of the 3×3 convolution, as in
/// torchvision.
public struct Bottleneck: Layer {
    /// 1×1 convolution to `width` channels.
    public let conv1: Conv2d
    /// Normalises the output of `conv1`.
    public let bn1: BatchNorm2d
    /// 3×3 convolution, with the block's stride.
    public let conv2: Conv2d
    /// Normalises the output of `conv2`.
    public let bn2: BatchNorm2d
    /// 1×1 convolution to `4 · width` channels.
    public let conv3: Conv2d
    /// Normalises the output of `conv3`.
    public let bn3: BatchNorm2d
    /// The shortcut where the shape changes: a 1×1 convolution and its normalisation. Nil where the input is
    /// added as it is.
    public let downsample: Sequential?

    /// - Parameters:
    ///   - channels: of the input
    ///   - width: channels of the 3×3 convolution, a quarter of the output's
    ///   - stride: of the 3×3 convolution and of the shortcut
    public init(_ channels: Int, width: Int, stride: Int) {
        conv1 = ResNet.convolution(channels, width, kernelSize: 1)
        bn1 = BatchNorm2d(width)
        conv2 = ResNet.convolution(width, width, kernelSize: 3, stride: stride)
        bn2 = BatchNorm2d(width)
        conv3 = ResNet.convolution(width, 4 * width, kernelSize: 1)
        bn3 = BatchNorm2d(4 * width)
        downsample = ResNet.shortcut(channels, 4 * width, stride: stride)
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        let narrow = conv1(input, normalization: bn1, activation: .relu)
        let residual = conv3(conv2(narrow, normalization: bn2, activation: .relu), normalization: bn3)
        return relu(residual, plus: downsample?(input) ?? input)
    }
}

extension ResNet {
    /// The configuration of a ResNet: its depth and the number of classes.
    public struct Configuration: Network {
        public static let family = "resnet"
        public static var variants: [(name: String, network: Self)] {
            Depth.table.map { ($0.name, Self($0.depth)) }
        }
        public static let firstWeight: String? = "conv1.weight"

        /// Which of the paper's networks it is: 18, 34, 50 or 101 layers.
        public var depth: Depth
        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(_ depth: Depth, classCount: Int = 1000) {
            (self.depth, self.classCount) = (depth, classCount)
        }

        /// Recognises the network by the number of blocks in each stage and by their kind; nil for other
        /// depths than 18, 34, 50 and 101.
        public init?(recognizing shapes: [String: [Int]]) {
            // Wider networks (Wide ResNet, ResNeXt) have the same names.
            guard shapes["layer1.0.conv1.weight"]?.first == 64, let last = shapes["fc.weight"]?.first else {
                return nil
            }
            let blocks = (1...4).map { stage in
                (0...).first { shapes["layer\(stage).\($0).conv1.weight"] == nil }!
            }
            let isBottleneck = shapes["layer1.0.conv3.weight"] != nil
            guard
                let row = Depth.table.first(where: {
                    $0.depth.blocks == blocks && $0.depth.isBottleneck == isBottleneck
                })
            else { return nil }
            self.init(row.depth, classCount: last)
        }

        public var lastLayer: String { "fc" }
        public var problem: String? {
            Depth.table.contains { $0.depth == depth }
                ? classCountProblem(classCount) : "there is no ResNet of stages \(depth.blocks)"
        }
        public var imageNetWeights: PretrainedWeights? {
            Depth.table.first { $0.depth == depth }.map { .torchvision($0.weights) }
        }
        public func makeModel() -> any Classifier { ResNet(depth, classCount: classCount) }
    }
}

extension ResNet: DenseClassifier {}
