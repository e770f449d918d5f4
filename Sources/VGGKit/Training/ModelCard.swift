// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What besides the weights it takes to use a classifier: its shape, the classes' names, and how photos become its input.
/// It travels in the metadata of a checkpoint.
public struct ModelCard: Sendable, Equatable {
    public var architecture: Architecture
    /// Names in the order of the logits.
    public var classes: [String]
    /// Side of the square that the model is shown, in pixels.
    public var imageSize: Int
    public var normalization: Normalize

    public init(architecture: Architecture, classes: [String], imageSize: Int, normalization: Normalize) {
        self.architecture = architecture
        self.classes = classes
        self.imageSize = imageSize
        self.normalization = normalization
    }

    /// Of a VGG.
    public init(configuration: VGG.Configuration, classes: [String], imageSize: Int, normalization: Normalize)
    {
        self.init(
            architecture: .vgg(configuration), classes: classes, imageSize: imageSize,
            normalization: normalization)
    }

    /// How photos become input for validation and use: the middle of the photo, after its shorter side was resized.
    public var preprocessing: Compose {
        Compose([Resize(max(imageSize, imageSize * 8 / 7)), CenterCrop(imageSize)], normalize: normalization)
    }

    static let metadataKey = "vggkit.model"

    var metadata: [String: String] {
        get throws { [Self.metadataKey: try JSON.text(self)] }
    }
}

/// A VGG's `configuration`, or the name of another `network`; the rest is the same for all.
extension ModelCard: Codable {
    private enum CodingKeys: CodingKey { case configuration, network, classes, imageSize, normalization }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        classes = try container.decode([String].self, forKey: .classes)
        imageSize = try container.decode(Int.self, forKey: .imageSize)
        normalization = try container.decode(Normalize.self, forKey: .normalization)
        if let network = try container.decodeIfPresent(TorchvisionNetwork.self, forKey: .network) {
            architecture = .torchvision(network, classCount: classes.count)
        } else {
            architecture = .vgg(try container.decode(VGG.Configuration.self, forKey: .configuration))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch architecture {
        case .vgg(let configuration): try container.encode(configuration, forKey: .configuration)
        case .torchvision(let network, _): try container.encode(network, forKey: .network)
        }
        try container.encode(classes, forKey: .classes)
        try container.encode(imageSize, forKey: .imageSize)
        try container.encode(normalization, forKey: .normalization)
    }
}

/// JSON as it goes into a checkpoint's metadata: the same text for the same value.
enum JSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
