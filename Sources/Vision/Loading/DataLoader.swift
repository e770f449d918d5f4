// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// Several samples as a model takes them.
public struct Batch: Sendable {
    /// `[N, C, H, W]`, channels-last in memory
    public var images: Tensor
    /// `[N]`, `int32`
    public var labels: Tensor
    /// Where in the data set the samples stand.
    public var indices: [Int]
    /// Samples that could not be read and are not in the batch.
    public var skipped: [SkippedSample]
}

public struct SkippedSample: Sendable {
    public let index: Int
    public let error: any Error
}

public enum LoaderError: Error, CustomStringConvertible, Equatable {
    case shapes(index: Int, found: [Int], expected: [Int])

    public var description: String {
        switch self {
        case .shapes(let index, let found, let expected):
            "sample \(index) has shape \(found), the others of its batch \(expected); resize or crop them to one size"
        }
    }
}

/// Gives a data set in batches, read ahead by worker threads.
///
/// The batches are the same whatever the number of workers: their order follows from the seed and the epoch, and what is
/// random in a sample from these and its index. No more than `readAhead` batches wait in memory.
public struct DataLoader<Source: Dataset>: Sendable {
    public let dataset: Source
    public let batchSize: Int
    public let shuffle: Bool
    public let seed: UInt64
    /// Threads that read ahead; 0 reads in the caller's.
    public let workers: Int
    public let dropLast: Bool
    public let readAhead: Int

    public init(
        _ dataset: Source, batchSize: Int, shuffle: Bool = false, seed: UInt64 = 0, workers: Int = 2,
        dropLast: Bool = false, readAhead: Int? = nil
    ) {
        precondition(batchSize > 0, "DataLoader: batch size \(batchSize) must be positive")
        precondition(workers >= 0, "DataLoader: \(workers) workers; 0 reads in the caller's thread")
        self.dataset = dataset
        self.batchSize = batchSize
        self.shuffle = shuffle
        self.seed = seed
        self.workers = workers
        self.dropLast = dropLast
        self.readAhead = max(1, readAhead ?? workers + 1)
    }

    /// Samples in an epoch.
    public var count: Int { dropLast ? batchCount * batchSize : dataset.count }

    public var batchCount: Int {
        dropLast ? dataset.count / batchSize : (dataset.count + batchSize - 1) / batchSize
    }

    /// The batches of an epoch, from any one on.
    public func batches(epoch: Int, from first: Int = 0) -> Batches<Source> {
        Batches(self, epoch: epoch, from: first)
    }

    /// The samples of each batch of an epoch.
    func plan(epoch: Int) -> [[Int]] {
        var order = Array(0..<dataset.count)
        if shuffle {
            var generator = RandomGenerator(seed: seed, stream: UInt64(epoch)).forked(.max)
            order = order.permuted(using: &generator)
        }
        return (0..<batchCount).map { batch in
            Array(order[batch * batchSize..<min((batch + 1) * batchSize, order.count)])
        }
    }

    /// Reads the samples of one batch.
    func load(_ indices: [Int], epoch: Int) throws -> Batch {
        let root = RandomGenerator(seed: seed, stream: UInt64(epoch))
        var samples: [Sample] = []
        var kept: [Int] = []
        var skipped: [SkippedSample] = []
        for index in indices {
            var generator = root.forked(UInt64(index))
            do {
                let sample = try dataset.sample(at: index, using: &generator)
                if let first = samples.first, first.image.shape != sample.image.shape {
                    throw LoaderError.shapes(
                        index: index, found: sample.image.shape, expected: first.image.shape)
                }
                samples.append(sample)
                kept.append(index)
            } catch let error as ImageError where dataset.skipsUnreadable {
                skipped.append(SkippedSample(index: index, error: error))
            }
        }
        let shape = [samples.count] + (samples.first?.image.shape ?? [0, 0, 0])
        var images = Tensor(uninitialized: shape, order: .channelsLast)
        for (place, sample) in samples.enumerated() { images[place] = sample.image }
        return Batch(
            images: images, labels: Tensor(samples.map { Int32($0.label) }), indices: kept, skipped: skipped)
    }
}
