// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The batches of one epoch, in order. Its threads stop when it is released, even before the end.
public final class Batches<Source: Dataset> {
    private let shared: ReadAhead<Source>
    private var position: Int
    /// Whether no sample so far could be read, in an epoch that was started from its first batch.
    private var hasNothing: Bool
    private var firstSkipped: SkippedSample?

    init(_ loader: DataLoader<Source>, epoch: Int, from first: Int) {
        position = first
        hasNothing = first == 0
        shared = ReadAhead(loader, epoch: epoch, from: first)
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
    private let plan: [[Int]]
    private let condition = NSCondition()
    private var ready: [Int: Result<Batch, any Error>] = [:]
    /// The next batch that a worker begins.
    private var upcoming: Int
    /// The first batch that has not been taken.
    private var wanted: Int
    private var isStopped = false

    init(_ loader: DataLoader<Source>, epoch: Int, from first: Int) {
        self.loader = loader
        self.epoch = epoch
        plan = loader.plan(epoch: epoch)
        upcoming = first
        wanted = first
    }

    var sampleCount: Int { plan.reduce(0) { $0 + $1.count } }

    func requireBatches() throws(LoaderError) {
        let count = loader.dataset.count
        if plan.isEmpty && count > 0 { throw .noBatches(sampleCount: count, batchSize: loader.batchSize) }
    }

    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    func take(_ number: Int) throws -> Batch? {
        guard number < plan.count else { return nil }
        guard loader.workers > 0 else { return try loader.load(plan[number], number: number, epoch: epoch) }
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
            let result = Result { try loader.load(plan[number], number: number, epoch: epoch) }
            condition.withLock {
                ready[number] = result
                condition.broadcast()
            }
        }
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
