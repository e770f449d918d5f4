// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The configuration of a network: everything that is needed to build it, except the weights, and further
/// facts about it. Each family of networks has one type, in the file of its layers. Your own network is used
/// in the same way as those of the zoo:
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
/// Its values are stored in checkpoints (`ModelCard`). `ImageClassifier` builds the network from them, if the
/// family is registered.
public protocol Network: Codable, Hashable, Sendable {
    /// The name of the family in files. If it changes, existing files cannot be opened any more.
    static var family: String { get }

    /// The networks of the family that have a name, such as `resnet18`.
    static var variants: [(name: String, network: Self)] { get }

    /// The key of the first convolution's weight in a state dictionary. It is used to find the prefix of a
    /// file's keys. Nil if state dictionaries of the family are not recognised.
    static var firstWeight: String? { get }

    /// Patterns of additional keys in files of pretrained weights, which the network does not have.
    static var unusedWeights: [String] { get }

    /// The number of classes: the length of the logits.
    var classCount: Int { get set }

    /// Channels of an image; 3 by default.
    var inputChannels: Int { get }

    /// The side of the smallest square image, in pixels; 1 by default.
    var smallestImageSize: Int { get }

    /// The name of the last layer with weights. It is replaced for other classes.
    var lastLayer: String { get }

    /// Why the network cannot be built; nil if it can. Files are not trusted, so this must find all values
    /// that would trap.
    var problem: String? { get }

    /// Weights that were pretrained on ImageNet's 1000 classes; nil if there are none.
    var imageNetWeights: PretrainedWeights? { get }

    /// The network with new weights.
    func makeModel() -> any Classifier

    /// The network for loading weights. Its initial weights do not matter.
    func makeModelToLoad() -> any Classifier

    /// Recognises the network of a state dictionary by its keys and shapes; nil if it is not of this family.
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
    /// Recognises nothing. This is the default, for families that are opened by their model card only.
    public init?(recognizing shapes: [String: [Int]]) { return nil }

    /// Recognises the network of a state dictionary by its keys and shapes; nil if it is not of this family.
    public init?(recognizing state: [(name: String, tensor: Tensor)]) {
        self.init(recognizing: Dictionary(state.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 }))
    }

    /// The same network for another number of classes.
    public func with(classCount: Int) -> Self {
        var result = self
        result.classCount = classCount
        return result
    }

    /// The network's name in the zoo, whatever its number of classes; nil if it has none.
    var variantName: String? { Self.variants.first { $0.network.with(classCount: classCount) == self }?.name }

    func equals(_ other: any Network) -> Bool { other as? Self == self }
}

/// Pretrained weights, and the normalisation that they need.
public struct PretrainedWeights: Sendable, Equatable {
    /// Where the checkpoint can be downloaded. Where its name ends in 8 or more hexadecimal digits, as
    /// `vgg16-397923af.pth`, the file's SHA-256 must begin with them. Nil where they cannot be downloaded as
    /// a checkpoint.
    public var address: URL?
    /// The normalisation of pixels for these weights.
    public var normalization: Normalize

    /// - Parameter normalization: by default the one of torchvision's weights
    public init(address: URL?, normalization: Normalize = .imageNet) {
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
