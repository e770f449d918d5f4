// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Everything that is needed to use a classifier, besides its weights: the network's configuration, the
/// classes' names, and the preprocessing. It is stored in the metadata of a checkpoint.
public struct ModelCard: Sendable {
    /// The configuration of the network.
    public var network: any Network
    /// Names in the order of the logits.
    public var classes: [String]
    /// Side of the network's square input, in pixels.
    public var imageSize: Int
    /// How a photo becomes that square.
    public var fit: ImageFit
    /// The mean and deviation that pixels are normalised with, as in the network's training.
    public var normalization: Normalize

    /// - Parameters:
    ///   - classes: names in the order of the logits, as many as the network has classes
    ///   - imageSize: side of the network's square input, in pixels
    ///   - normalization: as in the network's training
    public init(
        network: any Network, classes: [String], imageSize: Int, fit: ImageFit = .crop,
        normalization: Normalize
    ) {
        self.network = network
        self.classes = classes
        self.imageSize = imageSize
        self.fit = fit
        self.normalization = normalization
    }

    /// The preprocessing of photos for validation and prediction.
    public var preprocessing: Compose {
        Compose(fit.transforms(side: imageSize, of: resizedSide), normalize: normalization)
    }

    /// The length of a photo's shorter side before the middle is cropped.
    var resizedSide: Int { max(imageSize, imageSize * 8 / 7) }

    static let metadataKey = "vggkit.model"

    /// The metadata of a checkpoint that `ImageClassifier` can open.
    public var metadata: [String: String] {
        get throws { [Self.metadataKey: try JSON.text(self)] }
    }
}

extension ModelCard: Equatable {
    /// Whether the cards are equal, including the networks' types and values.
    public static func == (a: ModelCard, b: ModelCard) -> Bool {
        a.network.equals(b.network) && a.classes == b.classes && a.imageSize == b.imageSize && a.fit == b.fit
            && a.normalization == b.normalization
    }
}

/// The keys. A card has `configuration` for a VGG, `network` (a name) for another network of the zoo, or both
/// for families that a program has registered. The other keys are the same for all.
extension ModelCard: Codable {
    private enum CodingKeys: CodingKey { case configuration, network, classes, imageSize, fit, normalization }

    /// - Throws: `DecodingError`, with the name of an unknown network
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let classes = try container.decode([String].self, forKey: .classes)
        self.classes = classes
        imageSize = try container.decode(Int.self, forKey: .imageSize)
        fit = try container.decodeIfPresent(ImageFit.self, forKey: .fit) ?? .crop
        normalization = try container.decode(Normalize.self, forKey: .normalization)
        let name = try container.decodeIfPresent(String.self, forKey: .network)
        if let known = name.flatMap({ Zoo.network(named: $0, classCount: classes.count) }),
            !container.contains(.configuration)
        {
            network = known
            return
        }
        guard let family = Zoo.family(named: name ?? VGG.Configuration.family) else {
            throw UnknownNetwork(name: name!)
        }
        func configuration<N: Network>(_ family: N.Type) throws -> any Network {
            try container.decode(N.self, forKey: .configuration)
        }
        network = try configuration(family)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let family = type(of: network)
        if let configuration = network as? VGG.Configuration {
            try container.encode(configuration, forKey: .configuration)
        } else if let name = network.variantName, Zoo.isOwn(family) {
            try container.encode(name, forKey: .network)
        } else {
            try container.encode(family.family, forKey: .network)
            try container.encode(network, forKey: .configuration)
        }
        try container.encode(classes, forKey: .classes)
        try container.encode(imageSize, forKey: .imageSize)
        // Written only if it is not the default, so that such files equal those of earlier versions.
        if fit != .crop { try container.encode(fit, forKey: .fit) }
        try container.encode(normalization, forKey: .normalization)
    }
}

/// The network of a file is neither in the zoo nor registered.
struct UnknownNetwork: DescribedError {
    let name: String
    var description: String {
        "its network is called \(name), which is not known here; a program that has it makes it known by Zoo.register"
    }
}
