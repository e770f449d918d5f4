// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The configuration of a network: all that it takes to build it besides the weights, and what else there is to know of it.
/// A family of networks has one, in the file of its layers. A network of one's own is as good as those of the zoo:
///
/// ```swift
/// extension TinyNet {
///     struct Configuration: Network {
///         static let family = "tinynet"
///         var classCount = 1000
///         var width = 32
///         var lastLayer: String { "fc" }
///         func makeModel() -> any Classifier { TinyNet(width: width, classCount: classCount) }
///     }
/// }
/// Zoo.register(TinyNet.Configuration.self)
/// ```
/// Its values travel in checkpoints (`ModelCard`), from which `ImageClassifier` builds the network once the family is
/// registered.
public protocol Network: Codable, Hashable, Sendable {
    /// What files call the family. Another name makes files that were written unreadable.
    static var family: String { get }

    /// Those of the family that have a name of their own, as `resnet18`.
    static var variants: [(name: String, network: Self)] { get }

    /// The name of the first convolution's weight in a state dictionary: where it stands in a file tells what the names there
    /// begin with. Nil if state dictionaries are not recognised.
    static var firstWeight: String? { get }

    /// Patterns of names that files of pretrained weights have beside the network's own.
    static var unusedWeights: [String] { get }

    var classCount: Int { get set }

    /// Channels of an image: 3 unless it says otherwise.
    var inputChannels: Int { get }

    /// The side of the smallest square image, in pixels: 1 unless it says otherwise.
    var smallestImageSize: Int { get }

    /// The name of the last layer with weights: the one that is exchanged for other classes.
    var lastLayer: String { get }

    /// Why the network cannot be built, in words; nil if it can. Files are not trusted: values that would trap are named here.
    var problem: String? { get }

    /// Weights for ImageNet's 1000 classes; nil if there are none.
    var imageNetWeights: PretrainedWeights? { get }

    /// The network with new weights.
    func makeModel() -> any Classifier

    /// The network, whose weights are about to be loaded: those that it has do not matter.
    func makeModelToLoad() -> any Classifier

    /// The network that a state dictionary is of, told from its names and shapes; nil if it is none of this family.
    init?(recognizing shapes: [String: [Int]])
}

extension Network {
    public static var variants: [(name: String, network: Self)] { [] }
    public static var firstWeight: String? { nil }
    public static var unusedWeights: [String] { [] }
    public var inputChannels: Int { 3 }
    public var smallestImageSize: Int { 1 }
    public var problem: String? { classCountProblem(classCount) }
    public var imageNetWeights: PretrainedWeights? { nil }
    public func makeModelToLoad() -> any Classifier { makeModel() }
    public init?(recognizing shapes: [String: [Int]]) { return nil }

    /// The network that a state dictionary is of, told from its names and shapes; nil if it is none of this family.
    public init?(recognizing state: [(name: String, tensor: Tensor)]) {
        self.init(recognizing: Dictionary(state.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 }))
    }

    /// The same network for another number of classes.
    public func with(classCount: Int) -> Self {
        var result = self
        result.classCount = classCount
        return result
    }

    /// The name that the network has of its own, whatever its number of classes.
    var variantName: String? { Self.variants.first { $0.network.with(classCount: classCount) == self }?.name }

    func equals(_ other: any Network) -> Bool { other as? Self == self }
}

/// Weights that others trained, and what they want of pixels.
public struct PretrainedWeights: Sendable, Equatable {
    public var address: URL
    public var normalization: Normalize

    public init(address: URL, normalization: Normalize = .imageNet) {
        self.address = address
        self.normalization = normalization
    }

    /// torchvision's weights `IMAGENET1K_V1`: 1000 classes, images of 224×224.
    static func torchvision(_ file: String, normalization: Normalize = .imageNet) -> PretrainedWeights {
        PretrainedWeights(
            address: URL(string: "https://download.pytorch.org/models/\(file).pth")!,
            normalization: normalization)
    }
}
