// SPDX-License-Identifier: Apache-2.0

import CKernels
import Foundation

/// The processors that this process may use, which can be fewer than the machine has.
package enum Processors {
    /// The number of processors that the process is bound to (`taskset`, MPI, a container's set), limited by
    /// the processor time of its control groups (`docker run --cpus`), rounded up. Determined once.
    package static let available: Int = {
        let bound = ck_bound_processors()
        let count = bound > 0 ? bound : ProcessInfo.processInfo.activeProcessorCount
        return max(1, min(count, CPUQuota.ofThisProcess ?? count))
    }()
}

/// The processor time that Linux's control groups give a process, in processors. Each of its groups and each
/// of their parents may set a limit; the lowest holds.
package enum CPUQuota {
    static var ofThisProcess: Int? {
        #if os(Linux)
            guard let groups = text("/proc/self/cgroup") else { return nil }
            return processors(groups: groups, folder: "/sys/fs/cgroup")
        #else
            return nil
        #endif
    }

    /// The number of processors, rounded up; nil without a limit.
    /// - Parameters:
    ///   - groups: the contents of `/proc/self/cgroup`: a line `number:controllers:path` for each hierarchy,
    ///     which of version 2 is `0::path`
    ///   - folder: where the hierarchies are mounted
    package static func processors(groups: String, folder: String) -> Int? {
        let limits = groups.split(separator: "\n").flatMap { line -> [Double] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            if parts[1].isEmpty {
                return levels(of: parts[2]).compactMap { text("\(folder)\($0)/cpu.max").flatMap(ofVersion2) }
            }
            guard parts[1].split(separator: ",").contains("cpu") else { return [] }
            // Where controllers are mounted together, their names may come in another order than here; cpu is
            // a link then.
            let mounts = ["\(folder)/\(parts[1])", "\(folder)/cpu"]
            let limits = levels(of: parts[2]).map { level in
                mounts.lazy.compactMap { mount in
                    ofVersion1(
                        quota: text("\(mount)\(level)/cpu.cfs_quota_us"),
                        period: text("\(mount)\(level)/cpu.cfs_period_us"))
                }.first
            }
            return limits.compactMap(\.self)
        }
        // Clamped, so that an absurdly large limit does not overflow.
        return limits.min().map { Int(min($0, 0x1p20).rounded(.up)) }
    }

    /// A group's path and those of its parents. In a container often only the root exists.
    private static func levels(of path: Substring) -> [String] {
        var names = path.split(separator: "/")
        // A path that leaves the mounted part begins with `..`.
        guard !names.contains("..") else { return [""] }
        var levels = [names.map { "/\($0)" }.joined()]
        while names.popLast() != nil { levels.append(names.map { "/\($0)" }.joined()) }
        return levels
    }

    /// Of `cpu.max`: `quota period`, or `max period` without a limit.
    private static func ofVersion2(_ text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2 else { return nil }
        return share(Double(words[0]), of: Double(words[1]))
    }

    /// A quota of -1 is no limit.
    private static func ofVersion1(quota: String?, period: String?) -> Double? {
        func number(_ text: String?) -> Double? {
            text.flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        return share(number(quota), of: number(period))
    }

    private static func share(_ quota: Double?, of period: Double?) -> Double? {
        guard let quota, let period, quota > 0, period > 0, (quota / period).isFinite else { return nil }
        return quota / period
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
