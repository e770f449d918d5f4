// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Features that are kept are those that would be computed.
@Suite struct FeatureCacheTests {
    private let scratch = TemporaryFolder()
    private let preprocessing = Compose([Resize(20), CenterCrop(16)], normalize: .imageNet)
    private let augmentation = Compose(
        [RandomResizedCrop(16, scale: 0.3...1), RandomHorizontalFlip()], normalize: .imageNet)

    private var cache: FeatureCache {
        var cache = FeatureCache(folder: scratch.url.appending(path: "features"))
        cache.progress = .none
        return cache
    }

    private func model(seed: UInt64 = 1) -> VGG {
        withRandomSource(RandomSource(seed: seed)) {
            VGG(
                .init(
                    column: [4, .maxPool, 6, .maxPool], batchNormalization: true, classCount: 2,
                    pooledSize: 2,
                    hiddenUnits: [5]))
        }
    }

    /// Two classes of noise.
    private func photos(perClass count: Int = 5) throws -> ImageFolder {
        var generator = RandomGenerator(seed: 3)
        let root = scratch.url.appending(path: "photos")
        for name in ["a", "b"] {
            let folder = root.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<count {
                let pixels = (0..<24 * 20 * 3).map { _ in UInt8(generator.uniform(in: 0...255)) }
                try Image(width: 24, height: 20, channels: 3, pixels: pixels)
                    .write(to: folder.appending(path: String(format: "%04d.png", index)))
            }
        }
        return try ImageFolder(root)
    }

    /// What a cache says, and what it gives.
    private func run(
        _ photos: TransformedFolder, _ model: some Classifier, variants: Int = 1, seed: UInt64 = 0
    ) throws -> (features: CachedFeatures, notes: [String]) {
        var notes: [String] = []
        let features = try cache.features(of: photos, by: model, variants: variants, seed: seed) {
            notes.append($0)
        }
        return (features, notes)
    }

    private func wasFound(_ notes: [String], of count: Int = 10) -> Bool {
        notes.count == 1 && notes[0].hasPrefix("features: \(count) of \(count) in ")
    }

    @Test func featuresAreThoseOfTheModel() throws {
        let (model, photos) = (model(), try photos())
        let features = try run(photos.transformed(by: preprocessing), model).features
        #expect(features.count == photos.count)
        var generator = RandomGenerator(seed: 0)
        for index in 0..<photos.count {
            let image = try preprocessing(Image(contentsOf: photos.files[index]), using: &generator)
            let expected = withoutRecording { model.forwardFeatures(image.expanded(at: 0)) }
            let sample = features.sample(at: index, using: &generator)
            #expect(sample.label == photos.labels[index])
            #expect(sample.image.shape == [24])
            for (found, expected) in zip(sample.image.floats, expected.floats) {
                #expect(abs(found - expected) < 1e-5)
            }
        }
    }

    /// SqueezeNet's features are maps: they come back in the shape and order of the network's own.
    @Test func mapsKeepTheirShape() throws {
        let model = SqueezeNet(.version11, classCount: 2)
        let photos = try photos(perClass: 2).transformed(
            by: Compose([Resize(height: 40, width: 32)], normalize: .imageNet))
        let features = try run(photos, model).features
        var generator = RandomGenerator(seed: 0)
        let images = try (0..<4).map { try photos.sample(at: $0, using: &generator).image.expanded(at: 0) }
        let expected = withoutRecording { model.forwardFeatures(concatenate(images, axis: 0)) }
        let batch = try DataLoader(features, batchSize: 4).batches(epoch: 0).next()!
        #expect(batch.images.shape == expected.shape)
        for (found, expected) in zip(batch.images.floats, expected.floats) {
            #expect(abs(found - expected) < 1e-4)
        }
    }

    @Test func featuresAreFoundAgain() throws {
        let photos = try photos().transformed(by: preprocessing)
        let (first, madeNotes) = try run(photos, model())
        let (second, foundNotes) = try run(photos, model())
        #expect(madeNotes[0].hasPrefix("features: 0 of 10 in "))
        #expect(wasFound(foundNotes))
        var generator = RandomGenerator(seed: 0)
        for index in 0..<10 {
            let samples = [first, second].map { $0.sample(at: index, using: &generator).image.floats }
            #expect(samples[0] == samples[1])
        }
    }

    @Test func theHeadIsNoPartOfTheKey() throws {
        let photos = try photos().transformed(by: preprocessing)
        let model = model()
        _ = try run(photos, model)
        for (_, parameter) in model.headParameters { parameter.value = parameter.value + 1 }
        #expect(wasFound(try run(photos, model).notes))
    }

    @Test func nothingElseMayChange() throws {
        let folder = try photos()
        let photos = folder.transformed(by: preprocessing)
        _ = try run(photos, model())
        func isMadeAnew(_ photos: TransformedFolder, _ model: some Classifier, seed: UInt64 = 0) throws
            -> Bool
        {
            try run(photos, model, seed: seed).notes[0].hasPrefix("features: 0 of ")
        }
        #expect(try isMadeAnew(photos, model(seed: 2)))
        let statistics = model()
        statistics.namedBuffers[0].buffer.value = Tensor.ones([4])
        #expect(try isMadeAnew(photos, statistics))
        #expect(try isMadeAnew(photos, model(), seed: 1))
        let others = Compose([Resize(21), CenterCrop(16)], normalize: .imageNet)
        #expect(try isMadeAnew(folder.transformed(by: others), model()))
        let halved = Compose([Resize(20), CenterCrop(16)], normalize: .half)
        #expect(try isMadeAnew(folder.transformed(by: halved), model()))
        // The same function of other weights, written in another way.
        #expect(try isMadeAnew(photos, Doubled(model: model())))

        #expect(wasFound(try run(photos, model()).notes))
        var image = try Image(contentsOf: folder.files[7])
        image.pixels[0] ^= 1
        try image.write(to: folder.files[7])
        #expect(try isMadeAnew(photos, model()))
    }

    @Test func eachVariantIsAnAugmentationOfItsOwn() throws {
        let photos = try photos().transformed(by: augmentation)
        let (features, notes) = try run(photos, model(), variants: 3)
        #expect(notes.count == 3 && notes[2].hasPrefix("features 3/3: 0 of 10 in "))
        var generator = RandomGenerator(seed: 0)
        let seen = Set((0..<40).map { _ in features.sample(at: 4, using: &generator).image.floats })
        #expect(seen.count == 3)
        // Fewer variants are the first of more.
        #expect(wasFound(try run(photos, model()).notes))
    }

    @Test func anInterruptedComputationGoesOn() throws {
        let photos = try photos(perClass: 140).transformed(by: preprocessing)
        let first = try run(photos, model()).features
        let file = try #require(
            FileManager.default.enumerator(at: cache.folder, includingPropertiesForKeys: nil)?
                .compactMap { $0 as? URL }.first { $0.lastPathComponent == "0000256.safetensors" })
        try FileManager.default.removeItem(at: file)
        let (second, notes) = try run(photos, model())
        #expect(notes[0].hasPrefix("features: 256 of 280 in "))
        var generator = RandomGenerator(seed: 0)
        for index in 0..<280 {
            let samples = [first, second].map { $0.sample(at: index, using: &generator).image.floats }
            #expect(samples[0] == samples[1])
        }
    }

    @Test func damagedFilesAreComputedAgain() throws {
        let photos = try photos().transformed(by: preprocessing)
        let first = try run(photos, model()).features
        let expected = first.sample(at: 3)
        let file = try #require(
            FileManager.default.enumerator(at: cache.folder, includingPropertiesForKeys: nil)?
                .compactMap { $0 as? URL }.first { $0.pathExtension == "safetensors" })
        let whole = try Data(contentsOf: file)
        let others = [
            whole.prefix(whole.count / 2), Data("nonsense".utf8),
            try Data(contentsOf: other(file, ["features": Tensor.zeros([2]), "labels": Tensor.zeros([2])])),
        ]
        for damaged in others {
            try damaged.write(to: file)
            let (features, notes) = try run(photos, model())
            #expect(notes.contains { $0.hasSuffix("; computed again") })
            #expect(features.sample(at: 3) == expected)
        }
    }

    /// A file with the right description and the wrong tensors.
    private func other(_ file: URL, _ tensors: [String: Tensor]) throws -> URL {
        let url = scratch.url.appending(path: "other.safetensors")
        try Checkpoint(
            tensors: tensors.map { ($0.key, $0.value) }, metadata: Checkpoint(contentsOf: file).metadata
        ).write(to: url)
        return url
    }

    @Test func photosThatCannotBeReadAreLeftOut() throws {
        let folder = try photos()
        let bytes = try Data(contentsOf: folder.files[2])
        try bytes.prefix(60).write(to: folder.files[2])
        let (features, notes) = try run(folder.transformed(by: preprocessing), model())
        #expect(features.count == 9)
        let path = folder.files[2].relativePath
        #expect(notes.last!.hasPrefix("skipped: \(path) "), "\(notes.last!)")
        #expect(features.unreadable.map(\.file) == [folder.files[2]])
        #expect(features.sample(at: 2).label == folder.labels[3])
        #expect(try run(folder.transformed(by: preprocessing), model()).notes.count == 2)
        let strict = try ImageFolder(folder.root, strict: true).transformed(by: preprocessing)
        #expect(throws: ImageError.self) { try run(strict, model()) }
    }

    @Test func trainingTheHeadIsTrainingTheModelWithFrozenFeatures() throws {
        let photos = try photos().transformed(by: preprocessing)
        let (whole, part) = (model(), model())
        for model in [whole, part] { model.freeze("features") }
        func train(_ layer: some Layer, _ data: some Dataset) throws {
            let trainer = Trainer(layer, optimizer: SGD(layer.parameters, learningRate: 0.1, momentum: 0.9))
            trainer.configuration.progress = .none
            try trainer.fit(DataLoader(data, batchSize: 4, shuffle: true), epochs: 5)
        }
        try train(whole, photos)
        let head = Head(of: part)
        #expect(head.stateDictionary.map(\.name) == part.stateDictionary.map(\.name))
        try train(head, run(photos, part).features)
        for ((name, expected), (_, found)) in zip(whole.stateDictionary, part.stateDictionary) {
            for (expected, found) in zip(expected.to(.float32).floats, found.to(.float32).floats) {
                #expect(abs(expected - found) < 1e-4, "\(name)")
            }
        }
    }
}

/// A network whose only difference from its model is in its code.
private struct Doubled: Classifier {
    let model: VGG
    var headName: String { "model.classifier" }
    func forwardFeatures(_ images: Tensor) -> Tensor { model.forwardFeatures(images) * 2 }
    func forwardHead(_ features: Tensor) -> Tensor { model.forwardHead(features) }
}

extension CachedFeatures {
    fileprivate struct Example: Equatable {
        var features: [Float]
        var label: Int
    }

    fileprivate func sample(at index: Int) -> Example {
        var generator = RandomGenerator(seed: 0)
        let sample = sample(at: index, using: &generator)
        return Example(features: sample.image.floats, label: sample.label)
    }
}
