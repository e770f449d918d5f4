// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// The batches of one epoch, in order. Its threads stop when it is released, even before the end.
public final class Batches<Source: Dataset> {
    private let shared: ReadAhead<Source>
    private var position: Int
    /// Whether no sample so far could be read, in an epoch that is read from its first batch to its last.
    private var hasNothing: Bool
    private var firstSkipped: SkippedSample?

    init(_ loader: DataLoader<Source>, epoch: Int, from range: Range<Int>) {
        position = range.lowerBound
        hasNothing = range.lowerBound == 0 && range.upperBound >= loader.batchCount
        shared = ReadAhead(loader, epoch: epoch, range)
        for number in 0..<loader.workers {
            let thread = Thread { [shared] in shared.work() }
            thread.name = "vggkit-loader-\(number)"
            thread.start()
        }
    }

    deinit { shared.stop() }

    /// The next batch; nil after the last.
    /// - Throws: the error of the data set, in place of the batch that could not be read; `LoaderError`, also
    ///   after the last batch if no sample of the epoch could be read
    public func next() throws -> Batch? {
        try shared.requireBatches()
        defer { position += 1 }
        guard let batch = try shared.take(position) else {
            if hasNothing, let firstSkipped {
                throw LoaderError.nothingRead(sampleCount: shared.sampleCount, first: "\(firstSkipped.error)")
            }
            return nil
        }
        if !batch.indices.isEmpty { hasNothing = false }
        firstSkipped = firstSkipped ?? batch.skipped.first
        return batch
    }
}

/// Batches being read by worker threads.
///
/// Sendable because what changes is only touched while `condition` is locked.
private final class ReadAhead<Source: Dataset>: @unchecked Sendable {
    private let loader: DataLoader<Source>
    private let epoch: Int
    private let plan: [PlannedBatch]
    /// Where the batches will be used.
    private let device = Device.current
    private let condition = NSCondition()
    private var ready: [Int: Result<Batch, any Error>] = [:]
    /// The next batch that a worker begins.
    private var upcoming: Int
    /// The first batch that has not been taken.
    private var wanted: Int
    private var isStopped = false

    init(_ loader: DataLoader<Source>, epoch: Int, _ range: Range<Int>) {
        self.loader = loader
        self.epoch = epoch
        plan = Array(loader.plan(epoch: epoch).prefix(range.upperBound))
        upcoming = range.lowerBound
        wanted = range.lowerBound
    }

    var sampleCount: Int { plan.reduce(0) { $0 + $1.samples.count } }

    func requireBatches() throws(LoaderError) {
        let count = loader.dataset.count
        if loader.batchCount == 0 && count > 0 {
            throw .noBatches(sampleCount: count, batchSize: loader.sharedBatchSize)
        }
    }

    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    func take(_ number: Int) throws -> Batch? {
        guard number < plan.count else { return nil }
        guard loader.workers > 0 else { return try load(number) }
        let result = condition.withLock {
            wanted = number
            condition.broadcast()
            while true {
                if let result = ready.removeValue(forKey: number) {
                    wanted = number + 1
                    condition.broadcast()
                    return result
                }
                condition.wait()
            }
        }
        return try result.get()
    }

    func work() {
        while let number = begin() {
            let result = Result { try load(number) }
            condition.withLock {
                ready[number] = result
                condition.broadcast()
            }
        }
    }

    private func load(_ number: Int) throws -> Batch {
        try loader.load(plan[number], number: number, epoch: epoch, for: device)
    }

    /// The number of the next batch to read. Waits until the queue is short enough.
    private func begin() -> Int? {
        condition.withLock {
            while !isStopped && upcoming < plan.count && upcoming - wanted >= loader.readAhead {
                condition.wait()
            }
            guard !isStopped && upcoming < plan.count else { return nil }
            defer { upcoming += 1 }
            return upcoming
        }
    }
}
