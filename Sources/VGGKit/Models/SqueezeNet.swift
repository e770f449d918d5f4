// SPDX-License-Identifier: Apache-2.0

/// SqueezeNet, with torchvision's names and shapes of parameters: AlexNet's accuracy with a fiftieth of its
/// parameters.
///
/// F. N. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model
/// size", 2016. https://arxiv.org/abs/1602.07360
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`, for H and W of 21 (version 1.0) or 17 (1.1) or more.
public struct SqueezeNet: Classifier {
    /// The first convolution, fire modules and poolings: `[N, 3, H, W]` → `[N, 512, h, w]`.
    public let features: Sequential
    /// Dropout, a 1×1 convolution to the classes, ReLU, and the mean over space.
    public let classifier: Sequential

    /// The paper's network, and the cheaper one that its authors published later.
    public enum Version: String, Sendable, CaseIterable, Codable {
        case version10 = "1.0"
        /// 2.4 times less computation.
        case version11 = "1.1"
    }

    /// Creates the network with new weights, as torchvision: Kaiming uniform, normal with deviation 0.01 for
    /// the last convolution, and biases of 0.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - dropout: dropout rate before the last convolution, 0 … 1
    public init(
        _ version: Version, classCount: Int = 1000, dropout: Float = 0.5, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        requireClasses(classCount, dropout: dropout, "SqueezeNet", file: file, line: line)
        features = Sequential(Self.features(version))
        let last = Conv2d(512, classCount, kernelSize: 1, initializer: .normal(deviation: 0.01))
        last.bias!.value = Tensor.zeros([classCount])
        classifier = [Dropout(rate: dropout), last, ReLU(), AdaptiveAvgPool2d(outputSize: 1)]
    }

    public var headName: String { "classifier" }

    /// → `[N, 512, H / 16, W / 16]`, or a little less
    public func forwardFeatures(_ images: Tensor) -> Tensor { features(images) }

    public func forwardHead(_ features: Tensor) -> Tensor { classifier(features).flattened(from: 1) }

    /// The paper's tables: the first convolution's channels and kernel; then fire modules, as squeezed and
    /// expanded channels, and where pooling halves the map.
    private static func features(_ version: Version) -> [any Layer] {
        let pool = MaxPool2d(kernelSize: 3, stride: 2, ceilMode: true)
        func fire(_ channels: Int, _ squeezed: Int, _ expanded: Int) -> any Layer {
            Fire(channels, squeezed: squeezed, expanded: expanded)
        }
        switch version {
        case .version10:
            return [
                convolution(3, 96, kernelSize: 7, stride: 2), ReLU(), pool,
                fire(96, 16, 64), fire(128, 16, 64), fire(128, 32, 128), pool,
                fire(256, 32, 128), fire(256, 48, 192), fire(384, 48, 192), fire(384, 64, 256), pool,
                fire(512, 64, 256),
            ]
        case .version11:
            return [
                convolution(3, 64, kernelSize: 3, stride: 2), ReLU(), pool,
                fire(64, 16, 64), fire(128, 16, 64), pool,
                fire(128, 32, 128), fire(256, 32, 128), pool,
                fire(256, 48, 192), fire(384, 48, 192), fire(384, 64, 256), fire(512, 64, 256),
            ]
        }
    }

    fileprivate static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Extent, stride: Extent = 1, padding: Extent = 0
    ) -> Conv2d {
        let layer = Conv2d(
            inChannels, outChannels, kernelSize: kernelSize, stride: stride, padding: padding,
            initializer: .kaimingUniform())
        layer.bias!.value = Tensor.zeros([outChannels])
        return layer
    }
}

/// SqueezeNet's module: a 1×1 convolution to few channels, and from these, side by side, a 1×1 and a 3×3
/// convolution. `[N, C, H, W]` → `[N, 2 · expanded, H, W]`
public struct Fire: Layer {
    /// 1×1 convolution to few channels.
    public let squeeze: Conv2d
    /// 1×1 convolution of the squeezed channels, to the first half of the output.
    public let expand1x1: Conv2d
    /// 3×3 convolution of the squeezed channels, to the second half of the output.
    public let expand3x3: Conv2d

    /// - Parameters:
    ///   - channels: of the input
    ///   - squeezed: output channels of the squeezing convolution
    ///   - expanded: output channels of each of the two expanding convolutions
    public init(_ channels: Int, squeezed: Int, expanded: Int) {
        squeeze = SqueezeNet.convolution(channels, squeezed, kernelSize: 1)
        expand1x1 = SqueezeNet.convolution(squeezed, expanded, kernelSize: 1)
        expand3x3 = SqueezeNet.convolution(squeezed, expanded, kernelSize: 3, padding: 1)
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        let few = squeeze(input, activation: .relu)
        return concatenate([expand1x1(few, activation: .relu), expand3x3(few, activation: .relu)], axis: 1)
    }
}

extension SqueezeNet {
    /// The configuration of a SqueezeNet: its version and the number of classes.
    public struct Configuration: Network {
        public static let family = "squeezenet"
        public static var variants: [(name: String, network: Self)] {
            [("squeezenet1_0", Self(.version10)), ("squeezenet1_1", Self(.version11))]
        }
        public static let firstWeight: String? = "features.0.weight"

        /// Which of the two published networks it is.
        public var version: Version
        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(_ version: Version, classCount: Int = 1000) {
            (self.version, self.classCount) = (version, classCount)
        }

        /// Recognises the network by the key of its first fire module, and the version by the first
        /// convolution's channels; nil for another.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["features.3.squeeze.weight"] != nil, let last = shapes["classifier.1.weight"]?.first
            else { return nil }
            self.init(shapes["features.0.weight"]?.first == 96 ? .version10 : .version11, classCount: last)
        }

        public var smallestImageSize: Int { version == .version10 ? 21 : 17 }
        public var lastLayer: String { "classifier.1" }
        public var imageNetWeights: PretrainedWeights? {
            .torchvision(version == .version10 ? "squeezenet1_0-b66bff10" : "squeezenet1_1-b8a52dc0")
        }
        public func makeModel() -> any Classifier { SqueezeNet(version, classCount: classCount) }
    }
}

extension SqueezeNet: DenseClassifier {}
