// SPDX-License-Identifier: Apache-2.0

import CPeak
import Foundation

/// What the processors can do at most: multiply-adds on registers in all threads at once, for each width of vector.
func peak(_ job: Job) -> Report {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let rounds = 1 << 22
    var report = Report()
    for width in [128, 256, 512] {
        let operations = cpeak_run(Int32(width), rounds) * Double(threads)
        guard operations > 0 else { continue }
        // Seconds for 10⁹ operations.
        report.seconds["\(width)"] = job.measure(images: 1) {
            DispatchQueue.concurrentPerform(iterations: threads) { _ in _ = cpeak_run(Int32(width), rounds) }
        }.map { $0 * 1e9 / operations }
    }
    return report
}
