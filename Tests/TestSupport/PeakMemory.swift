// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much memory a process takes for a moment, by what the system counts of its pages. Only Linux starts a
/// new count when it is asked to. Meant for a process in which nothing else goes on.
public struct PeakMemory {
    #if os(Linux)
        private let status: Int32
        private let control: Int32

        /// Nil where the system does not let the process measure itself.
        public init?() {
            status = open("/proc/self/status", O_RDONLY)
            control = open("/proc/self/clear_refs", O_WRONLY)
            guard status >= 0, control >= 0, reset() else { return nil }
        }

        private func reset() -> Bool { pwrite(control, "5", 1, 0) == 1 }

        /// The bytes by which the process grew while `body` ran, at the most.
        public func growth(_ body: () throws -> Void) rethrows -> Int {
            _ = reset()
            let before = read("VmRSS:")
            try body()
            return max(0, read("VmHWM:") - before)
        }

        /// Lets the process have so much more address space than now, and no more: what asks for gigabytes
        /// fails.
        public func limitAddressSpace(toMore bytes: Int) {
            let limit = rlim_t(read("VmSize:") + bytes)
            var limits = rlimit(rlim_cur: limit, rlim_max: limit)
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits)
        }

        /// A line of the status, which gives kibibytes.
        private func read(_ name: String) -> Int {
            withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
                let count = pread(status, buffer.baseAddress, 4096, 0)
                let text = buffer.prefix(max(0, count))
                guard
                    let line = text.split(separator: UInt8(ascii: "\n")).first(where: {
                        $0.starts(with: name.utf8)
                    })
                else { return 0 }
                return line.reduce(0) { (48...57).contains($1) ? $0 * 10 + Int($1) - 48 : $0 } * 1024
            }
        }
    #else
        public init?() { return nil }
        public func growth(_ body: () throws -> Void) rethrows -> Int {
            try body()
            return 0
        }
        public func limitAddressSpace(toMore bytes: Int) {}
    #endif
}
