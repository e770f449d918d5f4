// SPDX-License-Identifier: Apache-2.0

/// A block of 64-byte aligned memory, taken from the `MemoryPool` and handed back when the last tensor lets go of it.
///
/// Sendable because a tensor writes to its storage only while it is the one reference to it (copy on write).
package final class Storage: @unchecked Sendable {
    package let bytes: UnsafeMutableRawPointer
    private let capacity: Int

    /// Memory with undefined contents.
    package init(byteCount: Int) {
        (bytes, capacity) = MemoryPool.shared.take(byteCount)
    }

    deinit {
        MemoryPool.shared.giveBack(bytes, capacity: capacity)
    }
}
