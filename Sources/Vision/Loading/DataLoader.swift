// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// Gives a data set in batches, read ahead by worker threads.
///
/// The batches do not depend on the number of workers: their order follows from the seed and the epoch, and
/// the randomness of a sample from seed, epoch and index. At most `readAhead` batches wait in memory.
public struct DataLoader<Source: Dataset>: Sendable {
    /// The samples that are read.
    public let dataset: Source
    /// Samples in a batch; the last batch of an epoch may have fewer.
    public let batchSize: Int
    /// Whether the samples are in a new random order in each epoch. Has no effect if `balancesClasses` is
    /// true.
    public let shuffle: Bool
    /// Whether each example of an epoch is drawn, with replacement, from a class that is drawn first: rare
    /// classes are then seen as often as frequent ones. As `torch.utils.data.WeightedRandomSampler` with one
    /// over the classes' sizes.
    public let balancesClasses: Bool
    /// Together with the epoch, the seed decides the order of the samples and all their randomness.
    public let seed: UInt64
    /// The number of threads that read ahead; with 0 the caller's thread reads.
    public let workers: Int
    /// Whether a last batch with fewer than `batchSize` samples is skipped.
    public let dropLast: Bool
    /// The most batches that workers read or keep ready at a time, one or more.
    public let readAhead: Int

    /// A loader of batches for training or evaluation. As `torch.utils.data.DataLoader`.
    /// - Parameters:
    ///   - readAhead: `workers + 1` if nil; never below 1
    ///   - balancesClasses: needs a data set whose `labels` are not nil
    public init(
        _ dataset: Source, batchSize: Int, shuffle: Bool = false, seed: UInt64 = 0, workers: Int = 2,
        dropLast: Bool = false, readAhead: Int? = nil, balancesClasses: Bool = false,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            !balancesClasses || dataset.labels != nil,
            "DataLoader: classes are balanced by the labels, which the data set does not know",
            file: file, line: line)
        if balancesClasses, let labels = dataset.labels {
            check(
                labels.count == dataset.count,
                "DataLoader: the data set has \(dataset.count) samples, but \(labels.count) labels",
                file: file, line: line)
        }
        check(batchSize > 0, "DataLoader: batch size \(batchSize) must be positive", file: file, line: line)
        check(
            workers >= 0, "DataLoader: \(workers) workers; 0 reads in the caller's thread", file: file,
            line: line)
        self.dataset = dataset
        self.batchSize = batchSize
        self.shuffle = shuffle
        self.balancesClasses = balancesClasses
        self.seed = seed
        self.workers = workers
        self.dropLast = dropLast
        self.readAhead = max(1, readAhead ?? workers + 1)
    }

    /// Whether the batch before the last gives it one of its samples.
    private var sharesLastBatch = false

    /// If the last batch would have one sample: the same loader, but the batch before gives one of its
    /// samples to the last. Nil if that is not needed or not possible.
    package var sharedLastBatch: DataLoader? {
        guard !dropLast, batchSize > 2, batchCount > 1, dataset.count % batchSize == 1 else { return nil }
        var loader = self
        loader.sharesLastBatch = true
        return loader
    }

    /// Samples in an epoch.
    public var count: Int { dropLast ? batchCount * batchSize : dataset.count }

    /// Batches in an epoch.
    public var batchCount: Int {
        dataset.count / batchSize + (dropLast || dataset.count % batchSize == 0 ? 0 : 1)
    }

    /// The batches of an epoch, from any one on.
    public func batches(
        epoch: Int, from first: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Batches<Source> {
        check(
            epoch >= 0 && first >= 0,
            "DataLoader: batch \(first) of epoch \(epoch); both are counted from 0", file: file, line: line)
        return Batches(self, epoch: epoch, from: first)
    }

    /// The samples of each batch of an epoch.
    func plan(epoch: Int) -> [[Int]] {
        var order = Array(0..<dataset.count)
        var generator = RandomGenerator(seed: seed, stream: UInt64(epoch)).forked(.max)
        if balancesClasses {
            order = Self.balanced(dataset.labels!, using: &generator)
        } else if shuffle {
            order = order.permuted(using: &generator)
        }
        let begins = (0..<batchCount).map {
            $0 * batchSize - (sharesLastBatch && $0 == batchCount - 1 ? 1 : 0)
        }
        let ends = begins.dropFirst() + [min(batchCount * batchSize, order.count)]
        return zip(begins, ends).map { Array(order[$0..<$1]) }
    }

    /// As many indices as there are examples: each drawn by first drawing a class and then one of its
    /// examples.
    private static func balanced(_ labels: [Int], using generator: inout RandomGenerator) -> [Int] {
        let classes = Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }.map(
            \.value)
        return labels.map { _ in
            let members = classes[generator.index(below: classes.count)]
            return members[generator.index(below: members.count)]
        }
    }

    /// Reads the samples of one batch.
    /// - Parameter number: the batch's in its epoch
    package func load(_ indices: [Int], number: Int, epoch: Int) throws -> Batch {
        let root = RandomGenerator(seed: seed, stream: UInt64(epoch))
        var batch = BatchAssembly(capacity: indices.count)
        for (position, index) in indices.enumerated() {
            var generator = root.forked(UInt64(index))
            // An example that is drawn twice should be transformed differently each time.
            if balancesClasses { generator = generator.forked(UInt64(number * batchSize + position)) }
            do {
                try batch.add(dataset.sample(at: index, using: &generator), at: index)
            } catch let error as ImageError where dataset.skipsUnreadable {
                batch.skip(index, error)
            }
        }
        return batch.finished()
    }
}
