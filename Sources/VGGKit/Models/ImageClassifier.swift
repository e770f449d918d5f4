// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A trained classifier as it is used: a checkpoint in, names and probabilities out.
///
/// ```swift
/// let classifier = try ImageClassifier(contentsOf: URL(filePath: "runs/first/weights/best.safetensors"))
/// print(try classifier.predict(contentsOf: photo).first!.name)
/// ```
public struct ImageClassifier: Sendable {
    public struct Prediction: Sendable, Codable, Equatable {
        public var name: String
        public var index: Int
        public var probability: Float
    }

    public let model: any Layer
    public let card: ModelCard
    /// The model as `predict` asks it; for `evaluate` too, with `viewed.preprocessing`.
    public let viewed: ViewedModel

    public init(model: any Layer, card: ModelCard) {
        // Every model can look at the middle of a photo.
        self.init(model: model, card: card, viewed: try! ViewedModel(model, card: card, views: .middle))
    }

    private init(model: any Layer, card: ModelCard, viewed: ViewedModel) {
        self.model = model
        self.card = card
        self.viewed = viewed
    }

    /// The same classifier, looking at each photo in another way, as several times.
    /// - Throws: `TestViewsError` where the model does not allow it
    public func with(_ views: TestViews) throws(TestViewsError) -> ImageClassifier {
        ImageClassifier(
            model: model, card: card, viewed: try ViewedModel(model, card: card, views: views))
    }

    /// Builds the model that a checkpoint describes, with its weights.
    ///
    /// A file that does not describe its model, as PyTorch's, is recognised if it is a VGG or one of its neighbours in the
    /// zoo: its images are then 224 pixels wide and normalised as those of torchvision's weights for ImageNet.
    /// - Parameter classes: the names of the classes, where the file has none; ImageNet's by default, if there are 1000.
    /// - Throws: `CheckpointError`, `StateError`
    public init(contentsOf url: URL, classes: [String]? = nil) throws {
        let checkpoint = try Checkpoint(contentsOf: url)
        let card =
            try ModelCard(checkpoint, url: url)
            ?? ModelCard(recognizing: checkpoint, url: url, classes: classes)
        let model = card.architecture.makeModel(initialization: .zeros)
        try model.load(checkpoint.weights.dropping("aux1.*", "aux2.*"))
        self.init(model: model, card: card)
    }

    /// The classes with the highest probabilities, highest first.
    /// - Throws: `ImageError`
    public func predict(contentsOf url: URL, top count: Int = 5) throws -> [Prediction] {
        try predict(Image(contentsOf: url), top: count)
    }

    public func predict(_ image: Image, top count: Int = 5) -> [Prediction] {
        var generator = RandomGenerator(seed: 0)
        let input = viewed.preprocessing(image, using: &generator).expanded(at: 0)
        let probabilities = withPhase(.inference) { withoutRecording { softmax(viewed(input)) } }
        let (values, indices) = probabilities.top(min(count, card.classes.count))
        return zip(values.floats, indices.scalars(Int32.self)).map { probability, index in
            Prediction(name: card.classes[Int(index)], index: Int(index), probability: probability)
        }
    }
}

extension ModelCard {
    /// Reads the card of a checkpoint and checks that it describes a model that can be built; nil if there is no card.
    init?(_ checkpoint: Checkpoint, url: URL) throws(CheckpointError) {
        guard let text = checkpoint.metadata[Self.metadataKey] else { return nil }
        do {
            self = try JSON.value(ModelCard.self, text)
        } catch {
            throw .invalid(url, "its description of the model does not read: \(error)")
        }
        if let problem = architecture.problem ?? ownProblem {
            throw .invalid(url, "its description of the model is wrong: \(problem)")
        }
    }

    /// Finds out from the tensors which model they are of.
    init(recognizing checkpoint: Checkpoint, url: URL, classes: [String]?) throws {
        let prefix = try checkpoint.prefix(before: ["features.0.weight", "conv1.weight", "conv1.conv.weight"])
        let tensors = checkpoint.below(prefix).withoutWrappers().tensors
        guard let architecture = Architecture(recognizing: tensors) else {
            if tensors.contains(where: { $0.name == "features.0.weight" }),
                !tensors.contains(where: { $0.name.hasPrefix("classifier.") })
            {
                throw CheckpointError.invalid(
                    url, "it has features and no classifier; train one that begins with these weights")
            }
            throw CheckpointError.invalid(
                url,
                "its metadata does not describe a model (no \(Self.metadataKey)), and its tensors are not those of a network of the zoo"
            )
        }
        let count = architecture.classCount
        guard let names = classes ?? (count == ImageNet.classNames.count ? ImageNet.classNames : nil),
            names.count == count
        else {
            throw CheckpointError.invalid(
                url, "it has \(count) classes without names; \(classes?.count ?? 0) names were given")
        }
        self.init(
            architecture: architecture, classes: names, imageSize: 224,
            normalization: architecture.imageNetNormalization)
    }

    private var ownProblem: String? {
        if classes.count != architecture.classCount {
            return "\(classes.count) class names for \(architecture.classCount) classes"
        }
        if imageSize < architecture.smallestImageSize || imageSize > 1 << 14 {
            return "image size \(imageSize), the network's smallest is \(architecture.smallestImageSize)"
        }
        return nil
    }
}
