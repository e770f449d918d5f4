// SPDX-License-Identifier: Apache-2.0

/// MobileNetV3, with torchvision's names and shapes of parameters: the blocks of MobileNetV2, some of them
/// with squeeze-and-excitation, chosen by a search for networks that are fast on a phone.
///
/// A. Howard et al., "Searching for MobileNetV3", ICCV 2019. https://arxiv.org/abs/1905.02244
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`.
public struct MobileNetV3: Classifier {
    /// The first convolution, the blocks, and a 1×1 convolution: `[N, 3, H, W]` → `[N, 576, H / 32, W / 32]`,
    /// 960 channels for the large network.
    public let features: Sequential
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// The head: two linear layers, with Hardswish and dropout between them.
    public let classifier: Sequential

    /// The paper's two networks.
    public enum Size: String, Sendable, CaseIterable, Codable {
        case small, large

        /// A row of the paper's tables. `channels` is the output's.
        fileprivate typealias Block = (
            kernel: Int, expanded: Int, channels: Int, squeezes: Bool, activation: Activation, stride: Int
        )

        /// The paper's tables 1 (large) and 2 (small).
        fileprivate var blocks: [Block] {
            switch self {
            case .small:
                [
                    (3, 16, 16, true, .relu, 2),
                    (3, 72, 24, false, .relu, 2),
                    (3, 88, 24, false, .relu, 1),
                    (5, 96, 40, true, .hardswish, 2),
                    (5, 240, 40, true, .hardswish, 1),
                    (5, 240, 40, true, .hardswish, 1),
                    (5, 120, 48, true, .hardswish, 1),
                    (5, 144, 48, true, .hardswish, 1),
                    (5, 288, 96, true, .hardswish, 2),
                    (5, 576, 96, true, .hardswish, 1),
                    (5, 576, 96, true, .hardswish, 1),
                ]
            case .large:
                [
                    (3, 16, 16, false, .relu, 1),
                    (3, 64, 24, false, .relu, 2),
                    (3, 72, 24, false, .relu, 1),
                    (5, 72, 40, true, .relu, 2),
                    (5, 120, 40, true, .relu, 1),
                    (5, 120, 40, true, .relu, 1),
                    (3, 240, 80, false, .hardswish, 2),
                    (3, 200, 80, false, .hardswish, 1),
                    (3, 184, 80, false, .hardswish, 1),
                    (3, 184, 80, false, .hardswish, 1),
                    (3, 480, 112, true, .hardswish, 1),
                    (3, 672, 112, true, .hardswish, 1),
                    (5, 672, 160, true, .hardswish, 2),
                    (5, 960, 160, true, .hardswish, 1),
                    (5, 960, 160, true, .hardswish, 1),
                ]
            }
        }

        /// The key and the shape of the last convolution's weight, which tells the sizes apart.
        fileprivate var lastConvolution: (key: String, shape: [Int]) {
            switch self {
            case .small: ("features.12.0.weight", [576, 96, 1, 1])
            case .large: ("features.16.0.weight", [960, 160, 1, 1])
            }
        }

        /// Channels between the head's two linear layers.
        fileprivate var hiddenUnits: Int { self == .small ? 1024 : 1280 }
    }

    /// Creates the network with new weights, as torchvision: Kaiming normal over fan-out for convolutions,
    /// normal with deviation 0.01 for linear layers, and biases of 0.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - dropout: dropout rate before the last layer, 0 … 1
    public init(
        _ size: Size, classCount: Int = 1000, dropout: Float = 0.2, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        requireClasses(classCount, dropout: dropout, "MobileNetV3", file: file, line: line)
        func linear(_ inFeatures: Int, _ outFeatures: Int) -> Linear {
            let layer = Linear(inFeatures, outFeatures, initializer: .normal(deviation: 0.01))
            layer.bias!.value = Tensor.zeros([outFeatures])
            return layer
        }
        var channels = 16
        var layers: [any Layer] = [Self.convolution(3, channels, kernelSize: 3, stride: 2)]
        for block in size.blocks {
            let squeezed = multipleOf8(nearest: Double(block.expanded / 4))
            layers.append(
                MBConv(
                    channels, expanded: block.expanded, block.channels, kernelSize: block.kernel,
                    stride: block.stride, activation: block.activation,
                    squeezeExcitation: block.squeezes
                        ? SqueezeExcitation(block.expanded, squeezed: squeezed, gate: .hardsigmoid) : nil,
                    epsilon: Self.epsilon, momentum: Self.momentum))
            channels = block.channels
        }
        let lastChannels = 6 * channels
        layers.append(Self.convolution(channels, lastChannels, kernelSize: 1))
        features = Sequential(layers)
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        classifier = [
            linear(lastChannels, size.hiddenUnits), Hardswish(), Dropout(rate: dropout),
            linear(size.hiddenUnits, classCount),
        ]
    }

    public var headName: String { "classifier" }

    /// → `[N, 576]`, 960 for the large network
    public func forwardFeatures(_ images: Tensor) -> Tensor { avgpool(features(images)).flattened(from: 1) }

    public func forwardHead(_ features: Tensor) -> Tensor { classifier(features) }

    /// Of all normalisations.
    private static let epsilon: Float = 1e-3
    /// Of all normalisations.
    private static let momentum: Float = 0.01

    /// A convolution with its normalisation and Hardswish. The padding keeps the size, except for the stride.
    private static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1
    ) -> Conv2dNormActivation {
        Conv2dNormActivation(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride), epsilon: epsilon,
            momentum: momentum, activation: .hardswish, initializer: .kaimingNormal(mode: .fanOut))
    }
}

/// The block of MobileNetV3 and of EfficientNet, which calls it MBConv: more channels by a 1×1 convolution, a
/// convolution of each channel alone, squeeze-and-excitation, and few channels again, without an activation,
/// beside a shortcut where the shape stays. `[N, C, H, W]` → `[N, outChannels, H / stride, W / stride]`
public struct MBConv: Layer {
    /// The convolutions with their normalisations, and the squeeze-and-excitation. Without more channels
    /// there is no first 1×1 convolution.
    public let block: Sequential
    /// Skips the block for some of the samples in training; nil without a shortcut, or for a rate of 0.
    public let stochasticDepth: StochasticDepth?
    private let hasShortcut: Bool

    /// Creates the block with new weights: Kaiming normal over fan-out.
    /// - Parameters:
    ///   - channels: of the input
    ///   - expanded: channels of the convolution in the middle
    ///   - outChannels: of the output
    ///   - kernelSize: of the convolution in the middle
    ///   - stride: of the convolution in the middle; with 1, and as many output channels as input channels,
    ///     the block has a shortcut
    ///   - activation: after all convolutions but the last
    ///   - squeezeExcitation: for `expanded` channels; nil for none
    ///   - epsilon: of the normalisations
    ///   - momentum: of the normalisations
    ///   - rate: the probability that a block with a shortcut is skipped in training, 0 … 1
    public init(
        _ channels: Int, expanded: Int, _ outChannels: Int, kernelSize: Int, stride: Int,
        activation: Activation, squeezeExcitation: SqueezeExcitation? = nil, epsilon: Float = 1e-5,
        momentum: Float = 0.1, stochasticDepth rate: Float = 0
    ) {
        func convolution(
            _ inChannels: Int, _ outChannels: Int, kernelSize: Int = 1, stride: Int = 1, groups: Int = 1,
            activation: Activation
        ) -> Conv2dNormActivation {
            Conv2dNormActivation(
                inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride),
                groups: groups, epsilon: epsilon, momentum: momentum, activation: activation,
                initializer: .kaimingNormal(mode: .fanOut))
        }
        var layers: [any Layer] = []
        if expanded != channels { layers.append(convolution(channels, expanded, activation: activation)) }
        layers.append(
            convolution(
                expanded, expanded, kernelSize: kernelSize, stride: stride, groups: expanded,
                activation: activation))
        if let squeezeExcitation { layers.append(squeezeExcitation) }
        layers.append(convolution(expanded, outChannels, activation: .identity))
        block = Sequential(layers)
        hasShortcut = stride == 1 && channels == outChannels
        stochasticDepth = hasShortcut && rate != 0 ? StochasticDepth(rate: rate) : nil
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        let output = block(input)
        return hasShortcut ? input + (stochasticDepth?(output) ?? output) : output
    }
}

/// The multiple of 8 that is nearest to a number of channels, but at least 8, and not more than a tenth below
/// the number. As in the published code of the MobileNets.
func multipleOf8(nearest channels: Double) -> Int {
    let multiple = max(8, Int(channels + 4) / 8 * 8)
    return Double(multiple) < 0.9 * channels ? multiple + 8 : multiple
}

extension MobileNetV3 {
    /// The configuration of a MobileNetV3: its size and the number of classes.
    public struct Configuration: Network {
        public static let family = "mobilenet_v3"
        public static var variants: [(name: String, network: Self)] {
            [("mobilenet_v3_small", Self(.small)), ("mobilenet_v3_large", Self(.large))]
        }
        public static let firstWeight: String? = "features.0.0.weight"

        /// Which of the paper's two networks it is.
        public var size: Size
        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(_ size: Size, classCount: Int = 1000) {
            (self.size, self.classCount) = (size, classCount)
        }

        /// Recognises the network by the key of a squeeze-and-excitation, and the size by the last
        /// convolution; nil for another, and for other widths.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["features.4.block.2.fc1.weight"] != nil,
                let size = Size.allCases.first(where: {
                    shapes[$0.lastConvolution.key] == $0.lastConvolution.shape
                }),
                let last = shapes["classifier.3.weight"]?.first
            else { return nil }
            self.init(size, classCount: last)
        }

        public var lastLayer: String { "classifier.3" }
        public var imageNetWeights: PretrainedWeights? {
            .torchvision(size == .small ? "mobilenet_v3_small-047dcff4" : "mobilenet_v3_large-8738ca79")
        }
        public func makeModel() -> any Classifier { MobileNetV3(size, classCount: classCount) }
    }
}

extension MobileNetV3: DenseClassifier {}
