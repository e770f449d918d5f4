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
    /// How a photo becomes that square.
    public var fit: ImageFit
    public var normalization: Normalize

    public init(
        architecture: Architecture, classes: [String], imageSize: Int, fit: ImageFit = .crop,
        normalization: Normalize
    ) {
        self.architecture = architecture
        self.classes = classes
        self.imageSize = imageSize
        self.fit = fit
        self.normalization = normalization
    }

    /// Of a VGG.
    public init(
        configuration: VGG.Configuration, classes: [String], imageSize: Int, fit: ImageFit = .crop,
        normalization: Normalize
    ) {
        self.init(
            architecture: .vgg(configuration), classes: classes, imageSize: imageSize, fit: fit,
            normalization: normalization)
    }

    /// How photos become input for validation and use.
    public var preprocessing: Compose {
        Compose(fit.transforms(side: imageSize, of: resizedSide), normalize: normalization)
    }

    /// What a photo's shorter side is resized to before the middle is cropped.
    var resizedSide: Int { max(imageSize, imageSize * 8 / 7) }

    static let metadataKey = "vggkit.model"

    var metadata: [String: String] {
        get throws { [Self.metadataKey: try JSON.text(self)] }
    }
}

/// A VGG's `configuration`, or the name of another `network`; the rest is the same for all.
extension ModelCard: Codable {
    private enum CodingKeys: CodingKey { case configuration, network, classes, imageSize, fit, normalization }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        classes = try container.decode([String].self, forKey: .classes)
        imageSize = try container.decode(Int.self, forKey: .imageSize)
        fit = try container.decodeIfPresent(ImageFit.self, forKey: .fit) ?? .crop
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
        // Files of photos that are cropped stay as they were before there was a choice.
        if fit != .crop { try container.encode(fit, forKey: .fit) }
        try container.encode(normalization, forKey: .normalization)
    }
}
