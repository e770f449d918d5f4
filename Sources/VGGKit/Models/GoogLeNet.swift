// SPDX-License-Identifier: Apache-2.0

/// GoogLeNet (Inception v1) with batch normalisation and without auxiliary classifiers, with torchvision's
/// names and shapes of parameters. torchvision's weights hold the auxiliary classifiers as well: drop
/// `aux1.*` and `aux2.*`.
///
/// C. Szegedy et al., "Going Deeper with Convolutions", CVPR 2015. https://arxiv.org/abs/1409.4842
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`, for H and W of 15 or more.
public struct GoogLeNet: Classifier {
    /// 7×7 convolution of stride 2: 3 → 64 channels. A max pooling follows, which halves the map again.
    public let conv1: Conv2dNormActivation
    /// 1×1 convolution: 64 → 64 channels.
    public let conv2: Conv2dNormActivation
    /// 3×3 convolution: 64 → 192 channels. A max pooling follows, which halves the map.
    public let conv3: Conv2dNormActivation
    /// 192 → 256 channels, on maps of an eighth of the image's height and width.
    public let inception3a: Inception
    /// 256 → 480 channels. A max pooling follows, which halves the map.
    public let inception3b: Inception
    /// 480 → 512 channels, on maps of a sixteenth of the image's height and width.
    public let inception4a: Inception
    /// 512 → 512 channels.
    public let inception4b: Inception
    /// 512 → 512 channels.
    public let inception4c: Inception
    /// 512 → 528 channels.
    public let inception4d: Inception
    /// 528 → 832 channels. A max pooling follows, which halves the map.
    public let inception4e: Inception
    /// 832 → 832 channels, on maps of a thirty-second of the image's height and width.
    public let inception5a: Inception
    /// 832 → 1024 channels: the last map of features.
    public let inception5b: Inception
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// Dropout of the 1024 features before the head's linear layer.
    public let dropout: Dropout
    /// The head: `[N, 1024]` → `[N, classCount]`.
    public let fc: Linear

    /// Creates the network with new weights, by PyTorch's default for each layer.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - rate: dropout rate before the last layer, 0 … 1
    public init(
        classCount: Int = 1000, dropout rate: Float = 0.2, file: StaticString = #fileID, line: UInt = #line
    ) {
        requireClasses(classCount, dropout: rate, "GoogLeNet", file: file, line: line)
        conv1 = GoogLeNet.convolution(3, 64, kernelSize: 7, stride: 2)
        conv2 = GoogLeNet.convolution(64, 64, kernelSize: 1)
        conv3 = GoogLeNet.convolution(64, 192, kernelSize: 3)
        // The paper's table 1: input, 1×1, reduction to 3×3, reduction to 5×5, projection of the pool.
        inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
        inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
        inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
        inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
        inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
        inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
        inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
        inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
        inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        dropout = Dropout(rate: rate)
        fc = Linear(1024, classCount)
    }

    public var headName: String { "fc" }

    /// → `[N, 1024]`
    public func forwardFeatures(_ images: Tensor) -> Tensor {
        let halving = MaxPool2d(kernelSize: 3, stride: 2, ceilMode: true)
        var value = halving(conv3(conv2(halving(conv1(images)))))
        value = halving(inception3b(inception3a(value)))
        value = inception4e(inception4d(inception4c(inception4b(inception4a(value)))))
        value = MaxPool2d(kernelSize: 2, stride: 2, ceilMode: true)(value)
        return avgpool(inception5b(inception5a(value))).flattened(from: 1)
    }

    public func forwardHead(_ features: Tensor) -> Tensor { fc(dropout(features)) }
}

extension GoogLeNet {
    fileprivate static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1
    ) -> Conv2dNormActivation {
        Conv2dNormActivation(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride), epsilon: 1e-3,
            names: ("conv", "bn"))
    }
}

/// Four branches side by side, whose output channels are concatenated. The third has a 3×3 convolution where
/// the paper has a 5×5 one: torchvision's weights were trained so.
public struct Inception: Layer {
    /// 1×1 convolution.
    public let branch1: Conv2dNormActivation
    /// 1×1 convolution to fewer channels, then a 3×3 convolution.
    public let branch2: Sequential
    /// 1×1 convolution to fewer channels, then a 3×3 convolution (5×5 in the paper).
    public let branch3: Sequential
    /// 3×3 max pooling of stride 1, then a 1×1 convolution.
    public let branch4: Sequential

    /// `[N, channels, H, W]` → `[N, direct + second.out + third.out + pooled, H, W]`
    /// - Parameters:
    ///   - channels: of the input
    ///   - direct: output channels of the first branch
    ///   - second: channels after the 1×1 and after the 3×3 convolution of the second branch
    ///   - third: the same of the third branch
    ///   - pooled: output channels of the branch with the pooling
    public init(
        _ channels: Int, _ direct: Int, _ second: (reduced: Int, out: Int), _ third: (reduced: Int, out: Int),
        _ pooled: Int
    ) {
        branch1 = GoogLeNet.convolution(channels, direct, kernelSize: 1)
        branch2 = [
            GoogLeNet.convolution(channels, second.reduced, kernelSize: 1),
            GoogLeNet.convolution(second.reduced, second.out, kernelSize: 3),
        ]
        branch3 = [
            GoogLeNet.convolution(channels, third.reduced, kernelSize: 1),
            GoogLeNet.convolution(third.reduced, third.out, kernelSize: 3),
        ]
        branch4 = [
            MaxPool2d(kernelSize: 3, stride: 1, padding: 1, ceilMode: true),
            GoogLeNet.convolution(channels, pooled, kernelSize: 1),
        ]
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            concatenate([branch1(input), branch2(input), branch3(input), branch4(input)], axis: 1)
        }
    }
}

extension GoogLeNet {
    /// The configuration of a GoogLeNet: the number of classes.
    public struct Configuration: Network {
        public static let family = "googlenet"
        public static var variants: [(name: String, network: Self)] { [("googlenet", Self())] }
        public static let firstWeight: String? = "conv1.conv.weight"
        /// The auxiliary classifiers, which only training uses.
        public static let unusedWeights = ["aux1.*", "aux2.*"]

        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(classCount: Int = 1000) { self.classCount = classCount }

        /// Recognises the network by the key of its first inception block; nil for another.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["inception3a.branch1.conv.weight"] != nil, let last = shapes["fc.weight"]?.first
            else { return nil }
            classCount = last
        }

        public var smallestImageSize: Int { 15 }
        public var lastLayer: String { "fc" }
        /// A translation of TensorFlow's, which want pixels from -1 to 1.
        public var imageNetWeights: PretrainedWeights? {
            .torchvision("googlenet-1378be20", normalization: .half)
        }
        public func makeModel() -> any Classifier { GoogLeNet(classCount: classCount) }
    }
}

extension GoogLeNet: DenseClassifier {}
