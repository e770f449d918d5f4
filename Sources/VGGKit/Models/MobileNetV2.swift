// SPDX-License-Identifier: Apache-2.0

/// MobileNetV2, with torchvision's names and shapes of parameters: a network with few multiply-adds, for
/// phones.
///
/// M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
/// https://arxiv.org/abs/1801.04381
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`.
public struct MobileNetV2: Classifier {
    /// The first convolution, the blocks, and a 1×1 convolution: `[N, 3, H, W]` → `[N, 1280, H / 32, W /
    /// 32]`.
    public let features: Sequential
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// The head: dropout and a linear layer, `[N, 1280]` → `[N, classCount]`.
    public let classifier: Sequential

    /// The paper's table 2: the factor of the channels within a block, the output's channels, how many blocks
    /// there are, and the first one's stride.
    private static let stages: [(expansion: Int, channels: Int, blocks: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]

    /// Creates the network with new weights, as torchvision: Kaiming normal over fan-out for convolutions,
    /// normal with deviation 0.01 for the linear layer, and a bias of 0.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - dropout: dropout rate before the last layer, 0 … 1
    public init(
        classCount: Int = 1000, dropout: Float = 0.2, file: StaticString = #fileID, line: UInt = #line
    ) {
        requireClasses(classCount, dropout: dropout, "MobileNetV2", file: file, line: line)
        var channels = 32
        var layers: [any Layer] = [Self.convolution(3, channels, kernelSize: 3, stride: 2)]
        for stage in Self.stages {
            for index in 0..<stage.blocks {
                layers.append(
                    InvertedResidual(
                        channels, stage.channels, expansion: stage.expansion,
                        stride: index == 0 ? stage.stride : 1))
                channels = stage.channels
            }
        }
        layers.append(Self.convolution(channels, 1280, kernelSize: 1))
        features = Sequential(layers)
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        let last = Linear(1280, classCount, initializer: .normal(deviation: 0.01))
        last.bias!.value = Tensor.zeros([classCount])
        classifier = [Dropout(rate: dropout), last]
    }

    public var headName: String { "classifier" }

    /// → `[N, 1280]`
    public func forwardFeatures(_ images: Tensor) -> Tensor { avgpool(features(images)).flattened(from: 1) }

    public func forwardHead(_ features: Tensor) -> Tensor { classifier(features) }

    /// A convolution with its normalisation and ReLU6. The padding keeps the size, except for the stride.
    fileprivate static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1, groups: Int = 1
    ) -> Conv2dNormActivation {
        Conv2dNormActivation(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride), groups: groups,
            activation: .relu6, initializer: .kaimingNormal(mode: .fanOut))
    }
}

/// MobileNetV2's block: more channels by a 1×1 convolution, a 3×3 convolution of each channel alone, and few
/// channels again, without an activation, beside a shortcut where the shape stays. `[N, C, H, W]` → `[N,
/// outChannels, H / stride, W / stride]`
public struct InvertedResidual: Layer {
    /// The convolutions with their normalisations. Without an expansion there is no first 1×1 convolution.
    public let conv: Sequential
    private let hasShortcut: Bool

    /// - Parameters:
    ///   - channels: of the input
    ///   - outChannels: of the output
    ///   - expansion: how many times the input's channels the 3×3 convolution has
    ///   - stride: of the 3×3 convolution; with 1, and as many output channels as input channels, the block
    ///     has a shortcut
    public init(_ channels: Int, _ outChannels: Int, expansion: Int, stride: Int) {
        let expanded = expansion * channels
        var layers: [any Layer] = []
        if expansion != 1 { layers.append(MobileNetV2.convolution(channels, expanded, kernelSize: 1)) }
        layers += [
            MobileNetV2.convolution(expanded, expanded, kernelSize: 3, stride: stride, groups: expanded),
            Conv2d(
                expanded, outChannels, kernelSize: 1, bias: false,
                initializer: .kaimingNormal(mode: .fanOut)),
            BatchNorm2d(outChannels),
        ]
        conv = Sequential(layers)
        hasShortcut = stride == 1 && channels == outChannels
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        hasShortcut ? input + conv(input) : conv(input)
    }
}

extension MobileNetV2 {
    /// The configuration of a MobileNetV2: the number of classes.
    public struct Configuration: Network {
        public static let family = "mobilenet_v2"
        public static var variants: [(name: String, network: Self)] { [("mobilenet_v2", Self())] }
        public static let firstWeight: String? = "features.0.0.weight"

        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(classCount: Int = 1000) { self.classCount = classCount }

        /// Recognises the network by its first block and its last convolution; nil for another, and for other
        /// widths.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["features.1.conv.0.0.weight"] == [32, 1, 3, 3],
                shapes["features.18.0.weight"] == [1280, 320, 1, 1],
                let last = shapes["classifier.1.weight"]?.first
            else { return nil }
            classCount = last
        }

        public var lastLayer: String { "classifier.1" }
        public var imageNetWeights: PretrainedWeights? { .torchvision("mobilenet_v2-b0353104") }
        public func makeModel() -> any Classifier { MobileNetV2(classCount: classCount) }
    }
}

extension MobileNetV2: DenseClassifier {}
