// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The key of a feature cache: everything that features depend on. Runs with equal keys compute the same
/// features.
///
/// It holds hashes of the weights and of the photos. To detect changed code, for example in a user's own
/// layer, a synthetic photo is run through the transforms and the model, and the key holds a hash of the
/// result (`probe`).
struct FeatureKey: Codable, Equatable {
    /// The version of the files' contents.
    var format = 1
    var model: String
    var weights: String
    var transform: String
    var photos: String
    var probe: String
    var imageCount: Int
    var variant: Int
    var seed: UInt64

    init(_ model: some Classifier, _ photos: TransformedFolder, variant: Int, seed: UInt64) {
        self.model = Self.text(of: type(of: model))
        weights = Self.weights(of: model)
        transform = Self.text(of: [photos.transform.transforms, photos.transform.normalize as Any])
        self.photos = Self.contents(of: photos.folder)
        probe = Self.probe(model, photos.transform)
        imageCount = photos.count
        self.variant = variant
        self.seed = seed
    }

    /// The name of the folder for these features.
    var name: String {
        get throws {
            var digest = SHA256()
            digest.add(Array(try JSON.text(self).utf8))
            return String(digest.digest().prefix(20))
        }
    }

    /// All stored properties, as text. The name of a private type contains an address that differs in every
    /// run; it is removed.
    private static func text(of value: Any) -> String {
        String(reflecting: value).replacing(/\(unknown context at \$[0-9a-f]+\)\./, with: "")
    }

    private static func weights(of model: some Classifier) -> String {
        var digest = SHA256()
        for (name, tensor) in model.stateDictionary where !model.isInHead(name) {
            digest.add(Array("\(name) \(tensor.shape) \(tensor.scalarType)\n".utf8))
            digest.add(tensor)
        }
        return digest.digest()
    }

    private static func contents(of folder: ImageFolder) -> String {
        var digest = SHA256()
        digest.add(Array(text(of: folder.decoding).utf8))
        for (file, label) in zip(folder.files, folder.labels) {
            // A file that cannot be read counts as empty. If it becomes readable, its contents change the
            // hash.
            let bytes = (try? Data(contentsOf: file)).map(Array.init) ?? []
            digest.add(Array("\(label) \(bytes.count)\n".utf8))
            digest.add(bytes)
        }
        return digest.digest()
    }

    private static func probe(_ model: some Classifier, _ transform: Compose) -> String {
        var generator = RandomGenerator(seed: 0)
        let pixels = (0..<160 * 120 * 3).map { index in
            UInt8(generator.uniform(in: 0...127)) + UInt8(index / 3 % 128)
        }
        let photo = Image(width: 160, height: 120, channels: 3, pixels: pixels)
        let features = (0..<4).map { _ in
            model.inferredFeatures(transform(photo, using: &generator).expanded(at: 0))
        }
        var digest = SHA256()
        for tensor in features { digest.add(tensor) }
        return digest.digest()
    }
}

extension Classifier {
    /// The features at inference: without dropout, with the running statistics of batch normalisation.
    func inferredFeatures(_ images: Tensor) -> Tensor {
        withPhase(.inference) { withoutRecording { forwardFeatures(images) } }
    }
}

extension SHA256 {
    fileprivate mutating func add(_ tensor: Tensor) {
        let bytes = tensor.to(.float32).detached.contiguous().withScalars(Float.self) {
            Array(UnsafeRawBufferPointer($0))
        }
        add(bytes)
    }
}
