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

    /// The part of each batch that this loader gives, if several processes share it.
    private var share = Share()

    /// One of `size` parts of a batch.
    private struct Share {
        var rank = 0
        var size = 1

        /// The positions of a process's part in a batch of `count` samples. Parts differ by one sample at
        /// most, the larger ones come first. But a few samples are divided into fewer parts of at least
        /// `least` samples, and the other parts are empty.
        func positions(_ count: Int, of rank: Int, least: Int) -> Range<Int> {
            let parts = max(1, min(size, count / least))
            func begin(_ rank: Int) -> Int {
                min(rank, parts) * (count / parts) + min(rank, count % parts)
            }
            return begin(rank)..<begin(rank + 1)
        }
    }

    /// The loader for one of several processes that train together: each batch has `size` times as many
    /// samples, of which this loader gives a part, in the order of the ranks. The batches are those of one
    /// process with batches `size` times as large. A part of the last batch may be empty.
    /// - Parameters:
    ///   - size: the number of processes
    ///   - rank: this process's number, `0..<size`
    public func divided(
        among size: Int, rank: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> DataLoader {
        check(
            size > 0 && 0..<size ~= rank,
            "DataLoader.divided: rank \(rank) of \(size) processes; ranks are counted from 0", file: file,
            line: line)
        var loader = self
        loader.share = Share(rank: rank, size: size)
        return loader
    }

    /// Samples in a batch of all processes that share it; `batchSize` if there are no others.
    public var sharedBatchSize: Int { batchSize * share.size }

    /// Whether the batch before the last gives it one of its samples.
    private var sharesLastBatch = false

    /// If the last batch would have one sample: the same loader, but the batch before gives one of its
    /// samples to the last. Nil if that is not needed or not possible.
    package var sharedLastBatch: DataLoader? {
        guard !dropLast, sharedBatchSize > 2, batchCount > 1, dataset.count % sharedBatchSize == 1 else {
            return nil
        }
        var loader = self
        loader.sharesLastBatch = true
        return loader
    }

    /// Samples in an epoch, of all processes.
    public var count: Int { dropLast ? batchCount * sharedBatchSize : dataset.count }

    /// Batches in an epoch.
    public var batchCount: Int {
        dataset.count / sharedBatchSize + (dropLast || dataset.count % sharedBatchSize == 0 ? 0 : 1)
    }

    /// The batches of an epoch, from any one on.
    public func batches(
        epoch: Int, from first: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Batches<Source> {
        check(
            epoch >= 0 && first >= 0,
            "DataLoader: batch \(first) of epoch \(epoch); both are counted from 0", file: file, line: line)
        return Batches(self, epoch: epoch, from: first..<max(first, batchCount))
    }

    /// Some of an epoch's batches.
    package func batches(epoch: Int, in range: Range<Int>) -> Batches<Source> {
        Batches(self, epoch: epoch, from: range)
    }

    /// The fewest samples of a part: batch normalisation cannot be trained on a single image.
    private var leastPart: Int { min(2, batchSize) }

    /// The samples of each batch of an epoch: of this loader's part.
    func plan(epoch: Int) -> [PlannedBatch] {
        wholePlan(epoch: epoch).map { batch in
            let positions = share.positions(batch.count, of: share.rank, least: leastPart)
            return PlannedBatch(
                samples: Array(batch.dropFirst(positions.lowerBound).prefix(positions.count)),
                firstPosition: positions.lowerBound)
        }
    }

    private func wholePlan(epoch: Int) -> [ArraySlice<Int>] {
        let begins = (0..<batchCount).map {
            $0 * sharedBatchSize - (sharesLastBatch && $0 == batchCount - 1 ? 1 : 0)
        }
        let ends = begins.dropFirst() + [min(batchCount * sharedBatchSize, dataset.count)]
        let batches = zip(begins, ends).map { $0..<$1 }
        let order = order(epoch: epoch, batches)
        return batches.map { order[$0] }
    }

    /// The samples of an epoch's batches.
    private func order(epoch: Int, _ batches: [Range<Int>]) -> [Int] {
        var generator = RandomGenerator(seed: seed, stream: UInt64(epoch)).forked(.max)
        if balancesClasses { return Self.balanced(dataset.labels!, using: &generator) }
        guard shuffle else { return Array(0..<dataset.count) }
        if let rows = dataset.shuffledRows(share.size, using: &generator) { return dealt(rows, batches) }
        return Array(0..<dataset.count).permuted(using: &generator)
    }

    /// Each process's part of the batches from its own row; or, where that is used up, from the longest one.
    private func dealt(_ rows: [[Int]], _ batches: [Range<Int>]) -> [Int] {
        let count = rows.reduce(0) { $0 + $1.count }
        check(
            rows.count == share.size && count == dataset.count,
            "\(type(of: dataset)).shuffledRows: \(rows.count) rows of \(count) samples for \(share.size) processes and \(dataset.count) samples"
        )
        var rest = rows.map { $0[...] }
        var order: [Int] = []
        order.reserveCapacity(count)
        for batch in batches {
            for rank in rest.indices {
                for _ in share.positions(batch.count, of: rank, least: leastPart) {
                    let row =
                        rest[rank].isEmpty ? rest.indices.max { rest[$0].count < rest[$1].count }! : rank
                    order.append(rest[row].removeFirst())
                }
            }
        }
        return order
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

    /// Reads the samples of one batch. They are read and transformed on the processor, and the batch is sent
    /// to the device.
    /// - Parameter number: the batch's in its epoch
    func load(_ planned: PlannedBatch, number: Int, epoch: Int, for device: Device = .current) throws -> Batch
    {
        let root = RandomGenerator(seed: seed, stream: UInt64(epoch))
        var batch = BatchAssembly(planned, device)
        try withDevice(.cpu) {
            for (position, index) in zip(planned.firstPosition..., planned.samples) {
                var generator = root.forked(UInt64(index))
                // An example that is drawn twice should be transformed differently each time.
                if balancesClasses {
                    generator = generator.forked(UInt64(number * sharedBatchSize + position))
                }
                do {
                    try batch.add(dataset.sample(at: index, using: &generator), at: index)
                } catch let error as ImageError where dataset.skipsUnreadable {
                    batch.skip(index, error)
                }
            }
        }
        return batch.finished()
    }

    /// Reads one sample, as the only one of a batch.
    package func loadAlone(_ index: Int) throws -> Batch {
        try load(PlannedBatch(samples: [index], firstPosition: 0), number: 0, epoch: 0)
    }
}

/// The samples of a batch that is to be read.
struct PlannedBatch {
    /// Indices in the data set.
    let samples: [Int]
    /// The position of the first one in the batch that several processes share; 0 if there are no others.
    let firstPosition: Int
}
