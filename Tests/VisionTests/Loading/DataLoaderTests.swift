// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TensorCore
import Testing
import Vision

/// Samples of one number, with noise from the generator; some of them cannot be read.
private final class Numbers: Dataset {
    let count: Int
    let unreadable: Set<Int>
    let skipsUnreadable: Bool
    let taken = Atomic<Int>(0)

    init(_ count: Int, unreadable: Set<Int> = [], skips: Bool = true) {
        self.count = count
        self.unreadable = unreadable
        skipsUnreadable = skips
    }

    func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
        taken.add(1, ordering: .relaxed)
        if unreadable.contains(index) { throw ImageError.corrupt(source: "\(index)", reason: "it is a test") }
        return Sample(image: Tensor([Float(index), generator.uniform()], shape: [2, 1, 1]), label: index)
    }
}

@Suite struct DataLoaderTests {
    private func all(_ loader: DataLoader<some Dataset>, epoch: Int = 0, from first: Int = 0) throws
        -> [[Float]]
    {
        let batches = loader.batches(epoch: epoch, from: first)
        var result: [[Float]] = []
        while let batch = try batches.next() {
            #expect(batch.labels.scalars(Int32.self).map(Int.init) == batch.indices)
            result.append(batch.images.floats)
        }
        return result
    }

    @Test func batchesDoNotDependOnTheWorkers() throws {
        let reference = try all(
            DataLoader(Numbers(50), batchSize: 8, shuffle: true, seed: 3, workers: 0), epoch: 2)
        for workers in [1, 2, 5] {
            let loader = DataLoader(Numbers(50), batchSize: 8, shuffle: true, seed: 3, workers: workers)
            #expect(try all(loader, epoch: 2) == reference)
        }
    }

    @Test func epochsAndSeedsDiffer() throws {
        let loader = DataLoader(Numbers(50), batchSize: 8, shuffle: true, seed: 3)
        let first = try all(loader, epoch: 0)
        #expect(try all(loader, epoch: 0) == first)
        #expect(try all(loader, epoch: 1) != first)
        #expect(try all(DataLoader(Numbers(50), batchSize: 8, shuffle: true, seed: 4), epoch: 0) != first)
        let samples = first.flatMap { $0.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
        #expect(samples.sorted() == (0..<50).map(Float.init) && samples != samples.sorted())
    }

    @Test func anEpochCanBeTakenUpAnywhere() throws {
        let loader = DataLoader(Numbers(50), batchSize: 8, shuffle: true, seed: 3)
        #expect(try all(loader, epoch: 1, from: 4) == Array(all(loader, epoch: 1).dropFirst(4)))
        #expect(try all(loader, epoch: 1, from: 7).isEmpty)
    }

    @Test func theLastBatchIsSmallerOrDropped() throws {
        #expect(try all(DataLoader(Numbers(10), batchSize: 4)).map { $0.count / 2 } == [4, 4, 2])
        #expect(
            try all(DataLoader(Numbers(10), batchSize: 4, dropLast: true)).map { $0.count / 2 } == [4, 4])
        #expect(try all(DataLoader(Numbers(3), batchSize: 100)).map { $0.count / 2 } == [3])
        let none = DataLoader(Numbers(3), batchSize: 100, dropLast: true)
        #expect(none.batchCount == 0)
    }

    @Test(arguments: [0, 2])
    func whatCannotBeReadIsLeftOutAndReported(workers: Int) throws {
        let loader = DataLoader(Numbers(8, unreadable: [1, 4, 5]), batchSize: 2, workers: workers)
        let batches = loader.batches(epoch: 0)
        var sizes: [Int] = []
        var skipped: [Int] = []
        while let batch = try batches.next() {
            sizes.append(batch.labels.count)
            skipped += batch.skipped.map(\.index)
        }
        #expect(sizes == [1, 2, 0, 2])
        #expect(skipped == [1, 4, 5])
    }

    @Test(arguments: [0, 2])
    func aStrictDataSetStopsAtTheBatch(workers: Int) throws {
        let loader = DataLoader(Numbers(8, unreadable: [4], skips: false), batchSize: 2, workers: workers)
        let batches = loader.batches(epoch: 0)
        #expect(try batches.next()?.indices == [0, 1])
        #expect(try batches.next()?.indices == [2, 3])
        #expect(throws: ImageError.corrupt(source: "4", reason: "it is a test")) { try batches.next() }
    }

    @Test func readingAheadIsBounded() throws {
        let numbers = Numbers(1000)
        let loader = DataLoader(numbers, batchSize: 10, workers: 3, readAhead: 4)
        let batches = loader.batches(epoch: 0)
        _ = try batches.next()
        Thread.sleep(forTimeInterval: 0.2)
        #expect(numbers.taken.load(ordering: .relaxed) <= 50)
    }

    @Test func lettingGoStopsTheThreads() throws {
        let numbers = Numbers(100_000)
        do {
            let batches = DataLoader(numbers, batchSize: 10, workers: 2).batches(epoch: 0)
            _ = try batches.next()
        }
        Thread.sleep(forTimeInterval: 0.2)
        let taken = numbers.taken.load(ordering: .relaxed)
        Thread.sleep(forTimeInterval: 0.1)
        #expect(numbers.taken.load(ordering: .relaxed) == taken && taken < 1000)
    }

    @Test func samplesOfDifferentSizesAreAnError() throws {
        struct Growing: Dataset {
            let count = 3
            func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
                Sample(image: Tensor.zeros([1, index + 1, 2]), label: 0)
            }
        }
        #expect(throws: LoaderError.shapes(index: 1, found: [1, 2, 2], expected: [1, 1, 2])) {
            try DataLoader(Growing(), batchSize: 3).batches(epoch: 0).next()
        }
    }

    @Test func imagesAreChannelsLastInMemory() throws {
        let images = Tensor.arange(2 * 3 * 4 * 5).reshaped(to: [2, 3, 4, 5])
        let data = TensorDataset(images: images, labels: Tensor([Int32(0), 1]))
        let batch = try #require(try DataLoader(data, batchSize: 2).batches(epoch: 0).next())
        #expect(batch.images.strides == [60, 1, 15, 3])
        #expect(batch.images.floats == images.floats)
    }

    /// 90 examples of one class and 10 of another.
    private var unequal: TensorDataset {
        TensorDataset(
            images: Tensor((0..<100).map { Float($0) }, shape: [100, 1, 1, 1]),
            labels: Tensor((0..<100).map { Int32($0 < 90 ? 7 : 2) }))
    }

    @Test func balancedClassesAreSeenAsOften() throws {
        let loader = DataLoader(unequal, batchSize: 8, seed: 3, workers: 2, balancesClasses: true)
        var rare = 0
        for epoch in 0..<50 {
            let batches = loader.batches(epoch: epoch)
            while let batch = try batches.next() {
                rare += batch.labels.scalars(Int32.self).count { $0 == 2 }
            }
        }
        // Of 5000; the deviation is 35.
        #expect(abs(rare - 2500) < 150)
    }

    @Test func balancedBatchesAreTheSameAgain() throws {
        func images(_ workers: Int, epoch: Int, from first: Int = 0) throws -> [[Float]] {
            let loader = DataLoader(unequal, batchSize: 8, seed: 3, workers: workers, balancesClasses: true)
            let batches = loader.batches(epoch: epoch, from: first)
            var result: [[Float]] = []
            while let batch = try batches.next() { result.append(batch.images.floats) }
            return result
        }
        let reference = try images(0, epoch: 1)
        #expect(reference.count == 13 && reference.joined().count == 100)
        #expect(try images(3, epoch: 1) == reference)
        #expect(try images(2, epoch: 1, from: 5) == Array(reference[5...]))
        #expect(try images(2, epoch: 2) != reference)
    }

    /// What is drawn several times is transformed in several ways.
    @Test func examplesThatAreDrawnAgainAreTransformedAnew() throws {
        struct Few: Dataset {
            let count = 2
            var labels: [Int]? { [0, 1] }
            func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
                Sample(image: Tensor([generator.uniform()], shape: [1, 1, 1]), label: index)
            }
        }
        let doubled = Subset(Few(), indices: [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(doubled.labels == [0, 1, 0, 1, 0, 1, 0, 1])
        let loader = DataLoader(Subset(Few(), indices: [0, 1]), batchSize: 1, balancesClasses: true)
        var numbers: Set<Float> = []
        for epoch in 0..<10 {
            let batches = loader.batches(epoch: epoch)
            while let batch = try batches.next() { numbers.insert(batch.images.item()) }
        }
        #expect(numbers.count == 20)
    }
}
