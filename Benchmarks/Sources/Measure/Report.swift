// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What one process measured: one line of JSON. The peers write the same.
struct Report: Encodable {
    /// For each thing measured, seconds an image; for the peak, seconds for 10⁹ floating-point operations.
    var seconds: [String: [Double]] = [:]
    /// Figures that come out the same wherever the same function is computed.
    var checksum: [Double] = []
    /// The most memory that the process ever had resident, in bytes; nil where the system does not tell.
    var peakMemory: Int?

    func write() throws {
        var report = self
        report.peakMemory = peakResidentMemory()
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }
}

extension Job {
    /// Runs `body` until it is warm, then measures it again and again.
    /// - Parameter images: how many of them one run of `body` handles.
    func measure(images: Int, _ body: () throws -> Void) rethrows -> [Double] {
        let clock = ContinuousClock()
        let begun = clock.now
        repeat { try body() } while clock.now - begun < .seconds(seconds / 4)
        var samples: [Double] = []
        var spent = 0.0
        while spent < seconds || samples.count < self.samples {
            let elapsed = try clock.measure(body) / .seconds(1)
            spent += elapsed
            samples.append(elapsed / Double(images))
        }
        return samples
    }
}

/// As Linux counts it, for this program alone: getrusage's figure would include what its parent held when it started it.
private func peakResidentMemory() -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split { !$0.isNumber }.first.flatMap { Int($0) }.map { $0 << 10 }
}
