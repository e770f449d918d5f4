// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The pool of threads that all kernels share. The calling thread works too. A call from inside a task, or
/// while another thread uses the pool, runs all its tasks on the calling thread.
///
/// Sendable because `body` and `taskCount` are written only by the thread that holds `isBusy`, before it
/// announces a new generation, and read by the workers after they have seen it and before they count
/// themselves out of `working`.
package final class ThreadPool: @unchecked Sendable {
    package static let shared = ThreadPool(
        threads: ProcessInfo.processInfo.environment["VGGKIT_THREADS"].flatMap(Int.init).map { max(1, $0) }
            ?? min(Processors.available, limit.withLock { $0 }))

    /// The most threads of `shared`, where other processes have a part of the same processors. To be set
    /// before `shared` is first used.
    package static let limit = Lock(Int.max)

    package let threadCount: Int

    private var body: ((Int, Int) -> Void)?
    private var taskCount = 0
    private let nextTask = Atomic<Int>(0)
    private let generation = Atomic<Int>(0)
    private let working = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let isBusy = Atomic<Bool>(false)
    private let wake = NSCondition()

    package init(threads: Int) {
        threadCount = threads
        for worker in 1..<max(1, threads) {
            // Whatever the device of the process is, the pool works for the processor.
            let thread = Thread { [unowned self] in withDevice(.cpu) { serve(worker) } }
            thread.name = "vggkit-kernels"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Runs `body(0)`, …, `body(tasks - 1)`, in any order and on any thread, and returns when all are done.
    package func run(tasks: Int, _ body: (Int) -> Void) {
        runWithWorkers(tasks: tasks) { task, _ in body(task) }
    }

    /// The same, with `body(task, worker)`: tasks with the same worker number, below `threadCount`, run one
    /// after the other. So scratch buffers are made beforehand, one for each worker, and their number does
    /// not depend on timing.
    package func runWithWorkers(tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard tasks > 1, threadCount > 1,
            isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        else {
            for task in 0..<tasks { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            self.body = body
            taskCount = tasks
            nextTask.store(0, ordering: .relaxed)
            working.store(threadCount - 1, ordering: .relaxed)
            generation.add(1, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                wake.withLock { wake.broadcast() }
            }
            takeTasks(worker: 0)
            var spins = 0
            while working.load(ordering: .acquiring) > 0 {
                spins += 1
                if spins > 2000 { sched_yield() }
            }
            self.body = nil
        }
        isBusy.store(false, ordering: .releasing)
    }

    /// Splits `0 ..< count` into ranges of at least `grain` elements, no more than there are threads, and
    /// runs them. The split depends on the number of threads alone, never on their timing.
    package func split(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        let tasks = parts(count, grain: grain)
        run(tasks: tasks) { task in
            body(count * task / tasks..<count * (task + 1) / tasks)
        }
    }

    /// How many ranges `split` makes.
    package func parts(_ count: Int, grain: Int) -> Int {
        max(1, min(threadCount, count / max(1, grain)))
    }

    private func takeTasks(worker: Int) {
        while true {
            let task = nextTask.add(1, ordering: .relaxed).oldValue
            guard task < taskCount else { return }
            body!(task, worker)
        }
    }

    private func serve(_ worker: Int) {
        var seen = 0
        while true {
            seen = nextGeneration(after: seen)
            takeTasks(worker: worker)
            working.subtract(1, ordering: .releasing)
        }
    }

    /// Spins for a few microseconds, since kernels follow each other closely, then sleeps.
    private func nextGeneration(after seen: Int) -> Int {
        for _ in 0..<4000 {
            let current = generation.load(ordering: .acquiring)
            if current != seen { return current }
        }
        return wake.withLock {
            sleepers.add(1, ordering: .sequentiallyConsistent)
            defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
            while generation.load(ordering: .sequentiallyConsistent) == seen { wake.wait() }
            return generation.load(ordering: .acquiring)
        }
    }
}
