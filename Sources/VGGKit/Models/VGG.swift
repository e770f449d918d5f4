// SPDX-License-Identifier: Apache-2.0

import Checks

/// The networks of K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition", ICLR 2015, with torchvision's names and shapes of parameters.
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`, for H and W of 32 or more (five halvings).
public struct VGG: Classifier {
    /// The convolutions and poolings: images → maps `[N, channels, h, w]`, for the paper's networks of a
    /// thirty-second of the image's height and width.
    public let features: Sequential
    /// Averages the map to `pooledSize` × `pooledSize`, whatever the image's size.
    public let avgpool: AdaptiveAvgPool2d
    /// The head: linear layers, with ReLU and dropout after all but the last.
    public let classifier: Sequential
    /// The configuration that the network was built from.
    public let configuration: Configuration

    /// Everything that defines the network's layers and shapes. It is written into checkpoints.
    public struct Configuration: Network {
        public static let family = "vgg"

        /// The convolutions, normalisations and poolings, from the image on: a column of the paper's table 1,
        /// or another.
        public var column: [Stage]
        /// Whether a batch normalisation follows each convolution.
        public var batchNormalization = false
        public var classCount = 1000
        public var inputChannels = 3
        /// Side of the map that is the classifier's input.
        public var pooledSize = 7
        /// Widths of the classifier's hidden layers.
        public var hiddenUnits = [4096, 4096]
        /// Rate of the dropout after each hidden layer of the classifier, 0 … 1.
        public var dropout: Float = 0.5

        /// The defaults are those of the paper's networks for ImageNet. `problem` says whether the values fit
        /// together.
        /// - Parameters:
        ///   - pooledSize: side of the map that is the classifier's input; 7 for images of 224×224
        ///   - hiddenUnits: widths of the classifier's hidden layers; if empty, the classifier is one linear
        ///     layer
        ///   - dropout: dropout rate after each hidden layer, 0 … 1
        public init(
            column: [Stage], batchNormalization: Bool = false, classCount: Int = 1000, inputChannels: Int = 3,
            pooledSize: Int = 7, hiddenUnits: [Int] = [4096, 4096], dropout: Float = 0.5
        ) {
            self.column = column
            self.batchNormalization = batchNormalization
            self.classCount = classCount
            self.inputChannels = inputChannels
            self.pooledSize = pooledSize
            self.hiddenUnits = hiddenUnits
            self.dropout = dropout
        }
    }

    /// How the weights are initialised.
    public enum Initialization: String, Sendable, CaseIterable, Codable {
        /// torchvision's: Kaiming normal over fan-out for convolutions, normal with deviation 0.01 for linear
        /// layers.
        case kaiming
        /// Xavier uniform for both.
        case xavier
        /// PyTorch's default for each layer.
        case pyTorch
        /// Zeros, for weights that are about to be loaded.
        case zeros
    }

    /// Creates a network of any configuration. Traps if `configuration.problem` is not nil.
    public init(
        _ configuration: Configuration, initialization: Initialization = .kaiming,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(configuration.problem == nil, "VGG: \(configuration.problem!)", file: file, line: line)
        self.configuration = configuration
        features = Self.features(configuration, initialization)
        avgpool = AdaptiveAvgPool2d(outputSize: .init(configuration.pooledSize))
        classifier = Self.classifier(configuration, initialization)
    }

    public var headName: String { "classifier" }

    /// → `[N, channels · pooledSize²]`
    public func forwardFeatures(_ images: Tensor) -> Tensor { avgpool(features(images)).flattened(from: 1) }

    public func forwardHead(_ features: Tensor) -> Tensor { classifier(features) }

    private static func features(_ configuration: Configuration, _ initialization: Initialization)
        -> Sequential
    {
        let initializer: Initializer =
            switch initialization {
            case .kaiming: .kaimingNormal(mode: .fanOut)
            case .xavier: .xavierUniform()
            case .pyTorch: .pyTorchDefault
            case .zeros: .constant(0)
            }
        var layers: [any Layer] = []
        var channels = configuration.inputChannels
        for stage in configuration.column {
            switch stage {
            case .convolution(let outChannels, let kernel):
                let convolution = Conv2d(
                    channels, outChannels, kernelSize: .init(kernel), padding: .init(kernel / 2),
                    initializer: initializer)
                if initialization != .pyTorch { convolution.bias!.value = Tensor.zeros([outChannels]) }
                layers.append(convolution)
                if configuration.batchNormalization { layers.append(BatchNorm2d(outChannels)) }
                layers.append(ReLU())
                channels = outChannels
            case .localResponseNorm:
                layers.append(LocalResponseNorm(size: 5, alpha: 5e-4, beta: 0.75, k: 2))
            case .maxPool:
                layers.append(MaxPool2d(kernelSize: 2, stride: 2))
            }
        }
        return Sequential(layers)
    }

    private static func classifier(_ configuration: Configuration, _ initialization: Initialization)
        -> Sequential
    {
        let initializer: Initializer =
            switch initialization {
            case .kaiming: .normal(deviation: 0.01)
            case .xavier: .xavierUniform()
            case .pyTorch: .pyTorchDefault
            case .zeros: .constant(0)
            }
        func linear(_ inFeatures: Int, _ outFeatures: Int) -> Linear {
            let layer = Linear(inFeatures, outFeatures, initializer: initializer)
            if initialization != .pyTorch { layer.bias!.value = Tensor.zeros([outFeatures]) }
            return layer
        }
        var width = configuration.column.lastChannels! * configuration.pooledSize * configuration.pooledSize
        var layers: [any Layer] = []
        for units in configuration.hiddenUnits {
            layers += [linear(width, units), ReLU(), Dropout(rate: configuration.dropout)]
            width = units
        }
        return Sequential(layers + [linear(width, configuration.classCount)])
    }
}

extension VGG.Configuration {
    public static var variants: [(name: String, network: Self)] {
        VGG.Column.allCases.map { ($0.name, Self(column: $0.stages)) }
    }
    public static var firstWeight: String? { "features.0.weight" }

    /// Each pooling halves the map, which must not become empty.
    public var smallestImageSize: Int { 1 << column.count { $0 == .maxPool } }

    public var lastLayer: String { "classifier.\(3 * hiddenUnits.count)" }

    public var imageNetWeights: PretrainedWeights? {
        VGG.Column.allCases.first { $0.stages == column }?.imageNetWeights(
            batchNormalization: batchNormalization)
    }

    public func makeModel() -> any Classifier { VGG(self) }
    public func makeModelToLoad() -> any Classifier { VGG(self, initialization: .zeros) }

    /// Why the network cannot be built; nil if it can.
    public var problem: String? {
        let numbers =
            [
                ("class count", classCount), ("input channels", inputChannels), ("pooled size", pooledSize),
            ] + hiddenUnits.map { ("hidden units", $0) }
        for (name, number) in numbers where number < 1 || number > 1 << 20 {
            return "\(name) \(number) is not between 1 and 1,048,576"
        }
        guard let lastChannels = column.lastChannels else {
            return "the column \(column) has no convolution"
        }
        let widths = hiddenUnits + [classCount]
        guard Shape.isAddressable([widths[0], lastChannels, pooledSize, pooledSize]),
            zip(widths, widths.dropFirst()).allSatisfy({ Shape.isAddressable([$0, $1]) })
        else {
            return
                "a classifier \(widths) on maps of \(pooledSize)×\(pooledSize) has more weights than memory has addresses"
        }
        guard dropout >= 0 && dropout <= 1 else { return "dropout rate \(dropout) is not a probability" }
        return nil
    }
}

extension VGG: DenseClassifier {
    public func forwardDensely(_ images: Tensor) -> Tensor {
        meanLogits(over: features(images), window: configuration.pooledSize)
    }

    public func densityProblem(imageSize: Int) -> String? {
        let side = imageSize >> configuration.column.count { $0 == .maxPool }
        return side == configuration.pooledSize
            ? nil
            : "its head takes maps of \(configuration.pooledSize)×\(configuration.pooledSize), and images of \(imageSize)×\(imageSize) pixels make \(side)×\(side)"
    }
}
