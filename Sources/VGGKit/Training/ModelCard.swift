// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What besides the weights it takes to use a classifier: its shape, the classes' names, and how photos become its input.
/// It travels in the metadata of a checkpoint.
public struct ModelCard: Codable, Sendable, Equatable {
    public var configuration: VGG.Configuration
    /// Names in the order of the logits.
    public var classes: [String]
    /// Side of the square that the model is shown, in pixels.
    public var imageSize: Int
    public var normalization: Normalize

    public init(configuration: VGG.Configuration, classes: [String], imageSize: Int, normalization: Normalize)
    {
        self.configuration = configuration
        self.classes = classes
        self.imageSize = imageSize
        self.normalization = normalization
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
