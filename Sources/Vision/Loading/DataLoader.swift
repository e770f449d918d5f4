// SPDX-License-Identifier: Apache-2.0

import TensorCore

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
        var batch = BatchAssembly(capacity: indices.count)
        for index in indices {
            var generator = root.forked(UInt64(index))
            do {
                try batch.add(dataset.sample(at: index, using: &generator), at: index)
            } catch let error as ImageError where dataset.skipsUnreadable {
                batch.skip(index, error)
            }
        }
        return batch.finished()
    }
}
