// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
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
        /// From 0 to 1; NaN, and null in JSON, where the model's outputs are not finite.
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
    /// zoo: its images are then 224 pixels wide and normalised as those of torchvision's weights for ImageNet. Its classes'
    /// names are those of a `class_indices.json` beside it or in the folder above, else ImageNet's, if there are 1000.
    /// - Parameter classes: the names of the classes, in the order of the logits, instead of those that are found.
    /// - Throws: `CheckpointError`, `StateError`
    public init(contentsOf url: URL, classes: [String]? = nil) throws {
        let checkpoint = try Checkpoint(contentsOf: url)
        let card =
            try ModelCard(checkpoint, url: url, classes: classes)
            ?? ModelCard(recognizing: checkpoint, url: url, classes: classes)
        let model = card.network.makeModelToLoad()
        try model.load(checkpoint.weights.dropping(type(of: card.network).unusedWeights))
        self.init(model: model, card: card)
    }

    /// The classes with the highest probabilities, highest first.
    /// - Throws: `ImageError`; `PredictionError` where the model's outputs are not finite
    public func predict(
        contentsOf url: URL, _ options: DecodingOptions = .init(), top count: Int = 5,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> [Prediction] {
        let predictions = predict(try Image(contentsOf: url, options), top: count, file: file, line: line)
        guard predictions.allSatisfy(\.probability.isFinite) else {
            throw PredictionError.notFinite(url, parameter: nonFiniteParameter)
        }
        return predictions
    }

    /// The first parameter or buffer with a value that is not finite.
    package var nonFiniteParameter: String? {
        model.stateDictionary.first { !$0.tensor.isFinite }?.name
    }

    /// The classes with the highest probabilities, highest first; all probabilities are NaN where the model's outputs are
    /// not finite.
    public func predict(
        _ image: Image, top count: Int = 5, file: StaticString = #fileID, line: UInt = #line
    ) -> [Prediction] {
        check(count >= 0, "predict: the top \(count) of the classes; 0 or more fit", file: file, line: line)
        var generator = RandomGenerator(seed: 0)
        let input = viewed.preprocessing(image, using: &generator).expanded(at: 0)
        let probabilities = withPhase(.inference) { withoutRecording { softmax(viewed(input)) } }
        check(
            probabilities.shape == [1, card.classes.count],
            "predict: the model's output has the shape \(probabilities.shape), the card names \(card.classes.count) classes",
            file: file, line: line)
        let (values, indices) = probabilities.top(min(count, card.classes.count))
        return zip(values.floats, indices.scalars(Int32.self)).map { probability, index in
            Prediction(name: card.classes[Int(index)], index: Int(index), probability: probability)
        }
    }
}

extension ImageClassifier.Prediction {
    private enum CodingKeys: CodingKey { case name, index, probability }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        index = try container.decode(Int.self, forKey: .index)
        probability = try container.decodeIfPresent(Float.self, forKey: .probability) ?? .nan
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(index, forKey: .index)
        // JSON has no NaN.
        try container.encode(probability.isFinite ? probability : nil, forKey: .probability)
    }
}

/// Why a photo has no prediction.
public enum PredictionError: DescribedError, Equatable {
    /// The model's outputs are NaN or infinite. `parameter`: its first parameter or buffer with such a value, if one has.
    case notFinite(URL, parameter: String?)

    public var description: String {
        switch self {
        case .notFinite(let url, let parameter):
            "\(url.relativePath): the model's outputs are NaN or infinite"
                + (parameter.map {
                    ": so are values of its \($0), as after a training that went astray; use an earlier checkpoint"
                } ?? "")
        }
    }
}

extension ModelCard {
    /// Reads the card of a checkpoint and checks that it describes a model that can be built; nil if there is no card.
    init?(_ checkpoint: Checkpoint, url: URL, classes names: [String]? = nil) throws(CheckpointError) {
        guard let text = checkpoint.metadata[Self.metadataKey] else { return nil }
        do {
            self = try JSON.value(ModelCard.self, text)
        } catch let error as UnknownNetwork {
            throw .invalid(url, "\(error)")
        } catch {
            throw .invalid(url, "its description of the model does not read: \(error)")
        }
        if let names {
            guard names.count == classes.count else {
                throw .invalid(url, "it has \(classes.count) classes; \(names.count) names were given")
            }
            classes = names
        }
        if let problem = network.problem ?? ownProblem {
            throw .invalid(url, "its description of the model is wrong: \(problem)")
        }
    }

    /// Finds out from the tensors which model they are of.
    init(recognizing checkpoint: Checkpoint, url: URL, classes: [String]?) throws {
        let prefix = try checkpoint.prefix(before: Set(Zoo.families.compactMap { $0.firstWeight }))
        let tensors = checkpoint.below(prefix).withoutWrappers().tensors
        guard let network = Zoo.network(recognizing: tensors) else {
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
        let names = try Self.names(of: network.classCount, url: url, given: classes)
        self.init(
            network: network, classes: names, imageSize: 224,
            normalization: network.imageNetWeights?.normalization ?? .imageNet)
    }

    private static func names(of count: Int, url: URL, given: [String]?) throws(CheckpointError) -> [String] {
        if let given {
            guard given.count == count else {
                throw .invalid(url, "it has \(count) classes; \(given.count) names were given")
            }
            return given
        }
        var problems: [String] = []
        let folder = url.deletingLastPathComponent()
        for place in [folder, folder.appending(path: "..").standardizedFileURL] {
            let file = place.appending(path: "class_indices.json")
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            do {
                let names = try ClassIndices.read(file)
                if names.count == count { return names }
                problems.append("\(file.relativePath) has \(names.count)")
            } catch {
                problems.append("\(error)")
            }
        }
        if count == ImageNet.classNames.count { return ImageNet.classNames }
        throw .invalid(
            url,
            ([
                "it has \(count) classes without names; put them into class_indices.json beside it, or name them (classes:, predict --names)"
            ]
                + problems).joined(separator: "; "))
    }

    private var ownProblem: String? {
        if classes.count != network.classCount {
            return "\(classes.count) class names for \(network.classCount) classes"
        }
        if imageSize < network.smallestImageSize || imageSize > 1 << 14 {
            return "image size \(imageSize), the network's smallest is \(network.smallestImageSize)"
        }
        return nil
    }
}
