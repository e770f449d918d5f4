// SPDX-License-Identifier: Apache-2.0

/// Residual networks, with torchvision's names and shapes of parameters.
///
/// K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. https://arxiv.org/abs/1512.03385
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`.
public struct ResNet: Classifier {
    public let conv1: Conv2d
    public let bn1: BatchNorm2d
    public let maxpool: MaxPool2d
    public let layer1: Sequential
    public let layer2: Sequential
    public let layer3: Sequential
    public let layer4: Sequential
    public let avgpool: AdaptiveAvgPool2d
    public let fc: Linear

    /// A column of the paper's table 1.
    public struct Depth: Sendable, Hashable, Codable {
        /// How many blocks each of the four stages has.
        public let blocks: [Int]
        /// Whether a block is a 3×3 convolution between 1×1 ones, or two 3×3 convolutions.
        public let isBottleneck: Bool

        private init(_ blocks: [Int], isBottleneck: Bool) {
            (self.blocks, self.isBottleneck) = (blocks, isBottleneck)
        }

        public static let d18 = Depth([2, 2, 2, 2], isBottleneck: false)
        public static let d34 = Depth([3, 4, 6, 3], isBottleneck: false)
        public static let d50 = Depth([3, 4, 6, 3], isBottleneck: true)

        /// The names and weights of torchvision. A row makes a network that has both.
        static let table: [(name: String, depth: Depth, weights: String)] = [
            ("resnet18", .d18, "resnet18-f37072fd"), ("resnet34", .d34, "resnet34-b627a593"),
            ("resnet50", .d50, "resnet50-0676ba61"),
        ]
    }

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

    /// Without bias: batch normalisation follows. Padding keeps the size but for the stride.
    fileprivate static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1
    ) -> Conv2d {
        Conv2d(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride),
            padding: Extent(kernelSize / 2), bias: false, initializer: .kaimingNormal(mode: .fanOut))
    }

    /// What the shortcut does where a block changes the shape.
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
    public let conv1: Conv2d
    public let bn1: BatchNorm2d
    public let conv2: Conv2d
    public let bn2: BatchNorm2d
    public let downsample: Sequential?

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
        return relu(residual + (downsample?(input) ?? input))
    }
}

/// A 3×3 convolution between 1×1 ones that make the channels fewer and more again, beside a shortcut: `[N, C, H, W]` →
/// `[N, 4 · width, H / stride, W / stride]`. The stride is that of the 3×3 convolution, as in torchvision.
public struct Bottleneck: Layer {
    public let conv1: Conv2d
    public let bn1: BatchNorm2d
    public let conv2: Conv2d
    public let bn2: BatchNorm2d
    public let conv3: Conv2d
    public let bn3: BatchNorm2d
    public let downsample: Sequential?

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
        return relu(residual + (downsample?(input) ?? input))
    }
}

extension ResNet {
    public struct Configuration: Network {
        public static let family = "resnet"
        public static var variants: [(name: String, network: Self)] {
            Depth.table.map { ($0.name, Self($0.depth)) }
        }
        public static let firstWeight: String? = "conv1.weight"

        public var depth: Depth
        public var classCount: Int

        public init(_ depth: Depth, classCount: Int = 1000) {
            (self.depth, self.classCount) = (depth, classCount)
        }

        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["layer1.0.conv1.weight"] != nil, let last = shapes["fc.weight"]?.first else {
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
