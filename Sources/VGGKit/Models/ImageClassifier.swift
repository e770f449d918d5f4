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

    public let model: VGG
    public let card: ModelCard

    public init(model: VGG, card: ModelCard) {
        self.model = model
        self.card = card
    }

    /// Builds the model that a checkpoint describes, with its weights.
    /// - Throws: `CheckpointError`, `StateError`
    public init(contentsOf url: URL) throws {
        let checkpoint = try Checkpoint(contentsOf: url)
        card = try ModelCard(checkpoint, url: url)
        model = VGG(card.configuration, initialization: .zeros)
        try model.load(checkpoint.tensors.filter { !$0.name.hasPrefix("optimizer.") })
    }

    /// The classes with the highest probabilities, highest first.
    /// - Throws: `ImageError`
    public func predict(contentsOf url: URL, top count: Int = 5) throws -> [Prediction] {
        try predict(Image(contentsOf: url), top: count)
    }

    public func predict(_ image: Image, top count: Int = 5) -> [Prediction] {
        var generator = RandomGenerator(seed: 0)
        let input = card.preprocessing(image, using: &generator).expanded(at: 0)
        let probabilities = withPhase(.inference) { withoutRecording { softmax(model(input)) } }
        let (values, indices) = probabilities.top(min(count, card.classes.count))
        return zip(values.floats, indices.scalars(Int32.self)).map { probability, index in
            Prediction(name: card.classes[Int(index)], index: Int(index), probability: probability)
        }
    }
}

extension ModelCard {
    /// Reads the card of a checkpoint and checks that it describes a model that can be built.
    init(_ checkpoint: Checkpoint, url: URL) throws(CheckpointError) {
        guard let text = checkpoint.metadata[Self.metadataKey] else {
            throw .invalid(
                url, "its metadata does not describe a model (no \(Self.metadataKey)); it holds weights only")
        }
        do {
            self = try JSON.value(ModelCard.self, text)
        } catch {
            throw .invalid(url, "its description of the model does not read: \(error)")
        }
        if let problem = configuration.problem ?? ownProblem {
            throw .invalid(url, "its description of the model is wrong: \(problem)")
        }
    }

    private var ownProblem: String? {
        if classes.count != configuration.classCount {
            return "\(classes.count) class names for \(configuration.classCount) classes"
        }
        if imageSize < 1 || imageSize > 1 << 14 { return "image size \(imageSize)" }
        return nil
    }
}
