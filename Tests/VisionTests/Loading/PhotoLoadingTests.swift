// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Batches of real files: decoded, augmented, normalised and put together by worker threads.
@Suite struct PhotoLoadingTests {
    private let scratch: Scratch
    private let augmentation = Compose(
        [
            RandomResizedCrop(16, scale: 0.1...1), RandomHorizontalFlip(), RandomRotation(20),
            ColorJitter(brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1),
        ], normalize: .imageNet)

    /// 24 photos in two classes, of all kinds of files.
    init() throws {
        scratch = try Scratch()
        let names = [
            "baseline.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "palette.png", "alpha.png",
            "grey-alpha.png", "orientation-3.jpg", "orientation-6.jpg", "orientation-8.jpg",
            "full-colour.jpg",
        ]
        for folder in ["a", "b"] {
            let target = scratch.url.appending(path: folder)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            for name in names { try Fixture.file(name).write(to: target.appending(path: name)) }
        }
    }

    private func all(_ loader: DataLoader<some Dataset>) throws -> [Batch] {
        let batches = loader.batches(epoch: 3)
        var result: [Batch] = []
        while let batch = try batches.next() { result.append(batch) }
        return result
    }

    private func loader(
        _ folder: ImageFolder, workers: Int, batchSize: Int = 5
    ) -> DataLoader<TransformedFolder> {
        DataLoader(
            folder.transformed(by: augmentation), batchSize: batchSize, shuffle: true, seed: 6,
            workers: workers)
    }

    @Test func everyWorkerMakesTheSameBits() throws {
        let folder = try ImageFolder(scratch.url)
        let reference = try all(loader(folder, workers: 0))
        #expect(reference.map(\.images.shape) == [5, 5, 5, 5, 4].map { [$0, 3, 16, 16] })
        for workers in [1, 3] {
            let batches = try all(loader(folder, workers: workers))
            #expect(batches.map(\.indices) == reference.map(\.indices))
            #expect(batches.map(\.images.floats) == reference.map(\.images.floats))
        }
        #expect(
            try all(loader(folder, workers: 0, batchSize: 24))[0].images.floats
                == reference.flatMap(\.images.floats))
    }

    @Test func aBatchHoldsWhatTheSamplesAre() throws {
        let folder = try ImageFolder(scratch.url)
        let data = folder.transformed(by: augmentation)
        for batch in try all(loader(folder, workers: 2)) {
            #expect(batch.images.strides == [768, 1, 48, 3])
            for (place, index) in batch.indices.enumerated() {
                var generator = RandomGenerator(seed: 6, stream: 3).forked(UInt64(index))
                let sample = try data.sample(at: index, using: &generator)
                #expect(batch.images[place].floats == sample.image.floats)
                #expect(batch.labels[place].to(.float32).item() == Float(folder.labels[index]))
            }
        }
    }

    @Test(arguments: [0, 2])
    func aPhotoDamagedSinceIsLeftOutAndReported(workers: Int) throws {
        let folder = try ImageFolder(scratch.url)
        let whole = try all(loader(folder, workers: 0))
        let damaged = folder.files[whole[1].indices[2]]
        try Data(contentsOf: damaged).prefix(400).write(to: damaged)
        let batches = try all(loader(folder, workers: workers))
        #expect(batches.flatMap(\.skipped).map(\.index) == [whole[1].indices[2]])
        #expect("\(batches[1].skipped[0].error)".hasPrefix(damaged.path))
        #expect(batches[1].images.shape == [4, 3, 16, 16] && batches[1].labels.shape == [4])
        #expect(batches[1].images[2].floats == whole[1].images[3].floats)
        #expect(batches[2].images.floats == whole[2].images.floats)
    }

    @Test func noBatchesAreAnErrorThatSaysSo() throws {
        let data = try ImageFolder(scratch.url).transformed(by: augmentation)
        let loader = DataLoader(data, batchSize: 100, dropLast: true)
        #expect(throws: LoaderError.noBatches(sampleCount: 24, batchSize: 100)) {
            try loader.batches(epoch: 0).next()
        }
    }

    @Test func aSampleCanBeChanged() throws {
        let data = try ImageFolder(scratch.url).transformed(by: augmentation)
        var generator = RandomGenerator(seed: 1)
        var sample = try data.sample(at: 0, using: &generator)
        let before = sample.image
        sample.image = before * 2
        #expect(sample.image.floats == before.floats.map { $0 * 2 })
    }
}
