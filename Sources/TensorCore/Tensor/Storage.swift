// SPDX-License-Identifier: Apache-2.0

/// A block of memory that holds tensors. It comes from the `MemoryPool`, 64-byte aligned, and goes back when
/// the last tensor releases it. Or it is foreign memory, such as a mapped file, which is at least aligned to
/// its elements.
///
/// Sendable because a tensor writes to its storage only while it is the one reference to it (copy on write).
package final class Storage: @unchecked Sendable {
    package let bytes: UnsafeMutableRawPointer
    private let origin: Origin

    private enum Origin {
        case pool(capacity: Int)
        case elsewhere(release: @Sendable () -> Void)
    }

    /// Memory with undefined contents.
    package init(byteCount: Int) {
        let (bytes, capacity) = MemoryPool.shared.take(byteCount)
        self.bytes = bytes
        origin = .pool(capacity: capacity)
    }

    /// Memory that may be written to and that no other storage covers.
    /// - Parameter release: called when the last tensor releases the memory; captured values live until then.
    package init(viewing bytes: UnsafeMutableRawPointer, release: @escaping @Sendable () -> Void) {
        self.bytes = bytes
        origin = .elsewhere(release: release)
    }

    deinit {
        switch origin {
        case .pool(let capacity): MemoryPool.shared.giveBack(bytes, capacity: capacity)
        case .elsewhere(let release): release()
        }
    }
}
