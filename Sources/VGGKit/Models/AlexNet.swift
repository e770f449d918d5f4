// SPDX-License-Identifier: Apache-2.0

/// AlexNet in one column, with torchvision's names and shapes of parameters.
///
/// A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
/// https://arxiv.org/abs/1404.5997
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`, for H and W of 63 or more.
public struct AlexNet: Classifier {
    /// The convolutions and poolings: `[N, 3, H, W]` → `[N, 256, h, w]`, 6×6 for images of 224×224.
    public let features: Sequential
    /// Averages the map to 6×6, whatever the image's size.
    public let avgpool: AdaptiveAvgPool2d
    /// The head: linear layers with ReLU and dropout, `[N, 9216]` → `[N, classCount]`.
    public let classifier: Sequential

    /// Creates the network with new weights, by PyTorch's default for each layer.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - dropout: dropout rate of the two dropout layers, 0 … 1
    public init(
        classCount: Int = 1000, dropout: Float = 0.5, file: StaticString = #fileID, line: UInt = #line
    ) {
        requireClasses(classCount, dropout: dropout, "AlexNet", file: file, line: line)
        features = [
            Conv2d(3, 64, kernelSize: 11, stride: 4, padding: 2), ReLU(),
            MaxPool2d(kernelSize: 3, stride: 2),
            Conv2d(64, 192, kernelSize: 5, padding: 2), ReLU(),
            MaxPool2d(kernelSize: 3, stride: 2),
            Conv2d(192, 384, kernelSize: 3, padding: 1), ReLU(),
            Conv2d(384, 256, kernelSize: 3, padding: 1), ReLU(),
            Conv2d(256, 256, kernelSize: 3, padding: 1), ReLU(),
            MaxPool2d(kernelSize: 3, stride: 2),
        ]
        avgpool = AdaptiveAvgPool2d(outputSize: 6)
        classifier = [
            Dropout(rate: dropout), Linear(256 * 6 * 6, 4096), ReLU(),
            Dropout(rate: dropout), Linear(4096, 4096), ReLU(),
            Linear(4096, classCount),
        ]
    }

    public var headName: String { "classifier" }

    /// → `[N, 9216]`
    public func forwardFeatures(_ images: Tensor) -> Tensor { avgpool(features(images)).flattened(from: 1) }

    public func forwardHead(_ features: Tensor) -> Tensor { classifier(features) }
}

extension AlexNet {
    /// The configuration of an AlexNet: the number of classes.
    public struct Configuration: Network {
        public static let family = "alexnet"
        public static var variants: [(name: String, network: Self)] { [("alexnet", Self())] }
        public static let firstWeight: String? = "features.0.weight"

        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(classCount: Int = 1000) { self.classCount = classCount }

        /// Recognises the network by its first convolution, 64 filters of 11×11, and `classifier.6`; nil for
        /// another.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["features.0.weight"] == [64, 3, 11, 11],
                let last = shapes["classifier.6.weight"]?.first
            else { return nil }
            classCount = last
        }

        public var smallestImageSize: Int { 63 }
        public var lastLayer: String { "classifier.6" }
        public var imageNetWeights: PretrainedWeights? { .torchvision("alexnet-owt-7be5be79") }
        public func makeModel() -> any Classifier { AlexNet(classCount: classCount) }
    }
}

extension AlexNet: DenseClassifier {
    public func forwardDensely(_ images: Tensor) -> Tensor { meanLogits(over: features(images), window: 6) }

    public func densityProblem(imageSize: Int) -> String? {
        imageSize == 224 ? nil : "AlexNet's head takes the maps of images of 224×224 pixels"
    }
}
