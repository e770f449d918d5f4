// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TensorCore
import Testing

@Suite struct ThreadPoolTests {
    @Test(arguments: [0, 1, 2, 3, 7, 1000]) func everyTaskRunsOnce(_ count: Int) {
        let runs = Lock([Int](repeating: 0, count: count))
        ThreadPool.shared.run(tasks: count) { task in runs.withLock { $0[task] += 1 } }
        #expect(runs.withLock { $0 } == [Int](repeating: 1, count: count))
    }

    @Test func tasksOfOneWorkerNeverOverlap() {
        let busy = Lock([Bool](repeating: false, count: ThreadPool.shared.threadCount))
        let overlaps = Atomic<Int>(0)
        ThreadPool.shared.runWithWorkers(tasks: 500) { _, worker in
            busy.withLock {
                if $0[worker] { overlaps.add(1, ordering: .relaxed) }
                $0[worker] = true
            }
            for _ in 0..<100 { busy.withLock { #expect($0[worker]) } }
            busy.withLock { $0[worker] = false }
        }
        #expect(overlaps.load(ordering: .relaxed) == 0)
    }

    @Test func aCallFromInsideATaskRunsToo() {
        let total = Atomic<Int>(0)
        ThreadPool.shared.run(tasks: 5) { _ in
            ThreadPool.shared.run(tasks: 7) { _ in total.add(1, ordering: .relaxed) }
        }
        #expect(total.load(ordering: .relaxed) == 35)
    }

    @Test(arguments: [(10, 3), (100, 1), (1, 1), (5, 100), (0, 1)]) func rangesCoverTheCount(
        _ count: Int, _ grain: Int
    ) {
        let seen = Lock<[Range<Int>]>([])
        ThreadPool.shared.split(count, grain: grain) { range in seen.withLock { $0.append(range) } }
        let ranges = seen.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        #expect(ranges.count == ThreadPool.shared.parts(count, grain: grain))
    }

    @Test func manyCallersShareThePool() async {
        await withTaskGroup(of: Int.self) { group in
            for caller in 0..<16 {
                group.addTask {
                    let sum = Atomic<Int>(0)
                    for _ in 0..<200 {
                        ThreadPool.shared.run(tasks: 4) { sum.add($0 + caller, ordering: .relaxed) }
                    }
                    return sum.load(ordering: .relaxed)
                }
            }
            var total = 0
            for await sum in group { total += sum }
            #expect(total == (0..<16).reduce(0) { $0 + 200 * (6 + 4 * $1) })
        }
    }
}
