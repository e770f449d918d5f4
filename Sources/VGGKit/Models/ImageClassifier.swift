// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// A trained classifier, ready for use: open a checkpoint, get names and probabilities.
///
/// ```swift
/// let classifier = try ImageClassifier(contentsOf: URL(filePath: "runs/first/weights/best.safetensors"))
/// print(try classifier.predict(contentsOf: photo).first!.name)
/// ```
/// Several tasks may ask one classifier at the same time, as a server's do. Each answer has the same bits as
/// if it were the only one. One kernel at a time has all threads; the others run on the thread of their task.
public struct ImageClassifier: Sendable {
    /// A class that a photo may show, with its probability.
    public struct Prediction: Sendable, Codable, Equatable {
        /// The class's name, from the model card.
        public var name: String
        /// The class's index among the logits.
        public var index: Int
        /// From 0 to 1; NaN (null in JSON) if the model's outputs are not finite.
        public var probability: Float
    }

    /// The network itself: images `[N, C, H, W]` → logits `[N, classCount]`.
    public let model: any Layer
    /// The classes' names, and the preprocessing of photos.
    public let card: ModelCard
    /// The model with test-time augmentation, which `predict` uses. For `evaluate` use
    /// `augmented.preprocessing`.
    public let augmented: AugmentedModel

    /// Uses a network that is in memory. The card must fit the network: `predict` traps if the numbers of
    /// classes differ.
    public init(model: any Layer, card: ModelCard) {
        // The middle crop works with every model.
        self.init(
            model: model, card: card, augmented: try! AugmentedModel(model, card: card, augmentation: .middle)
        )
    }

    private init(model: any Layer, card: ModelCard, augmented: AugmentedModel) {
        self.model = model
        self.card = card
        self.augmented = augmented
    }

    /// The same classifier with test-time augmentation.
    /// - Throws: `TestTimeAugmentationError` where the model does not allow it
    public func with(_ augmentation: TestTimeAugmentation) throws(TestTimeAugmentationError)
        -> ImageClassifier
    {
        ImageClassifier(
            model: model, card: card,
            augmented: try AugmentedModel(model, card: card, augmentation: augmentation))
    }

    /// Builds the model that a checkpoint describes, with its weights.
    ///
    /// PyTorch's files do not describe their model; they are recognised by their keys and shapes if the
    /// network is in the zoo. Images are then 224 pixels wide and normalised as for torchvision's ImageNet
    /// weights. The classes' names are read from a `class_indices.json` beside the file or in the folder
    /// above; without one, 1000 classes are ImageNet's.
    /// - Parameter classes: the names of the classes, in the order of the logits, instead of those that are
    ///   found.
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
    /// - Throws: `ImageError`; `PredictionError` where the model's outputs are not finite; `DeviceError` if a
    ///   GPU fails
    public func predict(
        contentsOf url: URL, _ options: DecodingOptions = .init(), top count: Int = 5,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> [Prediction] {
        let image = try Image(contentsOf: url, options)
        let predictions = try Device.throwingFailures {
            predict(image, top: count, file: file, line: line)
        }
        guard predictions.allSatisfy(\.probability.isFinite) else {
            throw PredictionError.notFinite(url, parameter: nonFiniteParameter)
        }
        return predictions
    }

    /// The first parameter or buffer with a value that is not finite.
    package var nonFiniteParameter: String? {
        model.stateDictionary.first { !$0.tensor.isFinite }?.name
    }

    /// The classes with the highest probabilities, highest first; all probabilities are NaN where the model's
    /// outputs are not finite.
    public func predict(
        _ image: Image, top count: Int = 5, file: StaticString = #fileID, line: UInt = #line
    ) -> [Prediction] {
        check(count >= 0, "predict: the top \(count) of the classes; 0 or more fit", file: file, line: line)
        var generator = RandomGenerator(seed: 0)
        let input = augmented.preprocessing(image, using: &generator).expanded(at: 0)
        let probabilities = withPhase(.inference) { withoutRecording { softmax(augmented(input)) } }
        check(
            probabilities.shape == [1, card.classes.count],
            "predict: the model's output has the shape \(probabilities.shape), the card names \(card.classes.count) classes",
            file: file, line: line)
        let (values, indices) = probabilities.top(min(count, card.classes.count))
        return zip(values.floats, indices.scalars(Int32.self)).map { probability, index in
            Prediction(
                name: card.classes.className(Int(index)), index: Int(index), probability: probability)
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
    /// The model's outputs are NaN or infinite. `parameter`: its first parameter or buffer with such a value,
    /// if one has.
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
    /// Reads the card of a checkpoint, and checks that its model can be built; nil if there is no card.
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

    /// Recognises the network from the tensors' keys and shapes.
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
        if let problem = network.problem {
            throw CheckpointError.invalid(
                url, "its tensors are not those of a network that can be built: \(problem)")
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
        for candidate in [folder, folder.appending(path: "..").standardizedFileURL] {
            let file = candidate.appending(path: "class_indices.json")
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
