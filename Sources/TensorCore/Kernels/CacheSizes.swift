// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The processor's caches, in bytes, as the system reports them when the program starts. Block sizes follow
/// from these.
enum CacheSizes {
    /// A core's own second-level cache.
    static let second = reported().second ?? 512 << 10
    /// The last cache, which cores share.
    static let last = max(reported().last ?? 8 << 20, second)

    private static func reported() -> (second: Int?, last: Int?) {
        #if os(Linux)
            func size(_ name: Int) -> Int? {
                let bytes = sysconf(Int32(name))
                return bytes > 0 ? bytes : nil
            }
            return (size(Int(_SC_LEVEL2_CACHE_SIZE)), size(Int(_SC_LEVEL3_CACHE_SIZE)))
        #elseif canImport(Darwin)
            func size(_ name: String) -> Int? {
                var bytes = 0
                var length = MemoryLayout<Int>.size
                return sysctlbyname(name, &bytes, &length, nil, 0) == 0 && bytes > 0 ? bytes : nil
            }
            return (size("hw.perflevel0.l2cachesize") ?? size("hw.l2cachesize"), size("hw.l3cachesize"))
        #else
            return (nil, nil)
        #endif
    }
}
