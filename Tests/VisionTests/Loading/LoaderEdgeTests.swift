// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Notes the threads that take samples from it.
private final class Watched: Dataset {
    let count: Int
    let pause: TimeInterval
    let skipsUnreadable: Bool
    private let failure: (@Sendable (Int) -> (any Error)?)?
    private let seen = Lock<Set<String>>([])

    init(
        _ count: Int, pause: TimeInterval = 0, skips: Bool = false,
        failing failure: (@Sendable (Int) -> (any Error)?)? = nil
    ) {
        (self.count, self.pause, self.failure, skipsUnreadable) = (count, pause, failure, skips)
    }

    func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
        if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self") {
            seen.withLock { _ = $0.insert("/proc/" + path) }
        }
        if pause > 0 { Thread.sleep(forTimeInterval: pause) }
        if let error = failure?(index) { throw error }
        return Sample(image: Tensor([Float(index)], shape: [1, 1, 1]), label: index % 3)
    }

    var threads: Set<String> { seen.withLock { $0 } }
    var living: Int { threads.count { FileManager.default.fileExists(atPath: $0) } }

    /// Whether all threads end within ten seconds.
    func threadsEnd() -> Bool {
        for _ in 0..<1000 {
            if living == 0 { return true }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }
}

private struct Broken: Error {}

@Suite struct LoaderEdgeTests {
    #if os(Linux)
        @Test(.timeLimit(.minutes(10)), arguments: [0, 1, 3])
        func threadsEndWhenTheBatchesAreLetGo(taken: Int) throws {
            let data = Watched(10_000)
            var batches: Batches<Watched>? = DataLoader(data, batchSize: 4, workers: 3).batches(epoch: 0)
            for _ in 0..<taken { _ = try batches?.next() }
            batches = nil
            #expect(data.threadsEnd(), "\(data.living) threads live")
        }

        @Test(.timeLimit(.minutes(10)))
        func threadsEndInTheMiddleOfASample() throws {
            let data = Watched(1000, pause: 0.02)
            var batches: Batches<Watched>? = DataLoader(data, batchSize: 2, workers: 4).batches(epoch: 0)
            _ = try batches?.next()
            batches = nil
            #expect(data.threadsEnd(), "\(data.living) threads live")
        }

        @Test(.timeLimit(.minutes(10)))
        func threadsEndAfterTheLastBatchAndAfterAnError() throws {
            let whole = Watched(20)
            let batches = DataLoader(whole, batchSize: 4, workers: 5).batches(epoch: 0)
            while try batches.next() != nil {}
            #expect(whole.threadsEnd())
            let failing = Watched(1000) { $0 == 3 ? Broken() : nil }
            do {
                let batches = DataLoader(failing, batchSize: 4, workers: 2).batches(epoch: 0)
                #expect(throws: Broken.self) { try batches.next() }
            }
            #expect(failing.threadsEnd())
        }

        @Test(.timeLimit(.minutes(10)))
        func withoutWorkersTheCallersThreadReads() throws {
            let data = Watched(20)
            let batches = DataLoader(data, batchSize: 4, workers: 0).batches(epoch: 0)
            while try batches.next() != nil {}
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
            #expect(data.threads == ["/proc/" + own])
        }
    #endif

    @Test func manyEpochsBegunAndLeft() throws {
        let loader = DataLoader(Watched(100), batchSize: 3, shuffle: true, workers: 2)
        for epoch in 0..<100 {
            let batches = loader.batches(epoch: epoch, from: epoch % 34)
            #expect(try batches.next()?.indices.count == (epoch % 34 == 33 ? 1 : 3))
        }
    }

    @Test(arguments: [0, 2])
    func anotherErrorIsNotSkipped(workers: Int) throws {
        let data = Watched(8, skips: true) { $0 == 4 ? Broken() : nil }
        let batches = DataLoader(data, batchSize: 2, workers: workers).batches(epoch: 0)
        for first in [0, 2] { #expect(try batches.next()?.indices == [first, first + 1]) }
        #expect(throws: Broken.self) { try batches.next() }
        #expect(try batches.next()?.indices == [6, 7])
        #expect(try batches.next() == nil)
    }

    @Test(arguments: [0, 2])
    func aBatchInWhichNothingCanBeReadIsEmpty(workers: Int) throws {
        let data = Watched(4, skips: true) { ImageError.corrupt(source: "\($0)", reason: "a test") }
        let batches = DataLoader(data, batchSize: 3, workers: workers).batches(epoch: 0)
        for expected in [[0, 1, 2], [3]] {
            let batch = try #require(try batches.next())
            #expect(batch.images.shape[0] == 0 && batch.labels.shape == [0] && batch.indices.isEmpty)
            #expect(batch.skipped.map(\.index) == expected)
            #expect("\(batch.skipped[0].error)" == "\(expected[0]) is damaged: a test")
        }
        // An epoch of nothing is an error; the rest of one may have been.
        #expect(throws: LoaderError.nothingRead(sampleCount: 4, first: "0 is damaged: a test")) {
            try batches.next()
        }
        let rest = DataLoader(data, batchSize: 3, workers: workers).batches(epoch: 0, from: 1)
        #expect(try rest.next()?.skipped.count == 1)
        #expect(try rest.next() == nil)
    }

    @Test(arguments: [0, 2])
    func oneSampleIsEnough(workers: Int) throws {
        let data = Watched(4, skips: true) {
            $0 == 3 ? nil : ImageError.corrupt(source: "\($0)", reason: "a test")
        }
        let batches = DataLoader(data, batchSize: 3, workers: workers).batches(epoch: 0)
        #expect(try batches.next()?.indices == [])
        #expect(try batches.next()?.indices == [3])
        #expect(try batches.next() == nil)
    }

    @Test func nothingComesOfNothing() throws {
        let loader = DataLoader(Watched(0), batchSize: 3)
        #expect(loader.batchCount == 0 && loader.count == 0)
        #expect(try loader.batches(epoch: 0).next() == nil)
    }

    @Test func afterTheEndThereIsNothing() throws {
        let batches = DataLoader(Watched(3), batchSize: 2).batches(epoch: 0, from: 9)
        for _ in 0..<3 { #expect(try batches.next() == nil) }
    }

    @Test func countsAreThoseOfTheBatches() throws {
        for (count, size, drop) in [
            (10, 3, false), (10, 3, true), (9, 3, false), (9, 3, true), (1, 5, false),
        ] {
            let loader = DataLoader(Watched(count), batchSize: size, shuffle: true, dropLast: drop)
            let batches = loader.batches(epoch: 0)
            var (samples, number) = (0, 0)
            while let batch = try batches.next() {
                samples += batch.indices.count
                number += 1
            }
            #expect(samples == loader.count && number == loader.batchCount)
        }
    }

    /// Features instead of images.
    @Test(arguments: [[6, 4], [6, 2, 3], [6], [6, 2, 3, 4, 5]])
    func samplesMayHaveAnyShape(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let data = TensorDataset(
            images: Tensor.arange(count).reshaped(to: shape), labels: Tensor((0..<6).map { Int32($0) }))
        let batches = DataLoader(data, batchSize: 4).batches(epoch: 0)
        var floats: [Float] = []
        while let batch = try batches.next() {
            #expect(Array(batch.images.shape.dropFirst()) == Array(shape.dropFirst()))
            floats += batch.images.floats
        }
        #expect(floats == (0..<count).map { Float($0) })
    }

    @Test func aSubsetOfASubsetIsTheBases() throws {
        let data = Watched(10)
        let part = Subset(Subset(data, indices: [9, 7, 5, 3]), indices: [3, 0, 0])
        let batch = try #require(try DataLoader(part, batchSize: 5).batches(epoch: 0).next())
        #expect(batch.images.floats == [3, 9, 9] && batch.indices == [0, 1, 2])
        #expect(batch.labels.scalars(Int32.self) == [0, 0, 0])
    }

    /// Augmentation follows from seed, epoch and index, not from the place in a batch.
    @Test func theSameSampleIsAugmentedAlikeInAnyBatch() throws {
        let source = try Fixture.operation("source")
        let scratch = try Scratch()
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(
                at: scratch.url.appending(path: name), withIntermediateDirectories: true)
            for index in 0..<4 { try source.write(to: scratch.url.appending(path: "\(name)/\(index).jpg")) }
        }
        let data = try ImageFolder(scratch.url).transformed(
            by: Compose([RandomResizedCrop(9), RandomHorizontalFlip(), ColorJitter(hue: 0.2)]))
        func samples(batchSize: Int, shuffle: Bool, epoch: Int) throws -> [Int: [Float]] {
            let batches = DataLoader(data, batchSize: batchSize, shuffle: shuffle, seed: 4).batches(
                epoch: epoch)
            var result: [Int: [Float]] = [:]
            while let batch = try batches.next() {
                for (place, index) in batch.indices.enumerated() {
                    result[index] = batch.images[place].floats
                }
            }
            return result
        }
        let reference = try samples(batchSize: 3, shuffle: true, epoch: 1)
        #expect(try samples(batchSize: 8, shuffle: false, epoch: 1) == reference)
        #expect(try samples(batchSize: 3, shuffle: true, epoch: 2) != reference)
        #expect(Set(reference.values).count == 8)
    }
}
