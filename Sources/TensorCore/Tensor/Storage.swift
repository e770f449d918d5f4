// SPDX-License-Identifier: Apache-2.0

import CCUDA
import Synchronization

/// A block of memory that holds tensors, with a copy on the host, a copy on a GPU, or both.
///
/// A copy is allocated when it is first used. Reading on one side makes that side's copy valid; writing makes
/// the other one stale. The host's copy comes from the `MemoryPool`, 64-byte aligned, and goes back when the
/// last tensor releases it. Or it is foreign memory, such as a mapped file, which is at least aligned to its
/// elements.
///
/// Sendable because a tensor writes to its storage only while it is the one reference to it (copy on write),
/// and because copies are allocated and brought up to date by who has the lock.
package final class Storage: @unchecked Sendable {
    package let byteCount: Int
    private let copies: Atomic<UInt8>
    private let lock = Lock(())
    private var host: UnsafeMutableRawPointer?
    private var origin: Origin
    private var deviceCopy: DeviceCopy?

    /// The copies that are valid; none in memory that nobody has used yet.
    private enum Copies {
        static let host: UInt8 = 1
        static let device: UInt8 = 2
        /// What a GPU was to write after it had failed: no copy is valid.
        static let lost: UInt8 = 4
    }

    private enum Origin {
        case pool(capacity: Int)
        case elsewhere(release: @Sendable () -> Void)
    }

    private struct DeviceCopy {
        let context: CUDAContext
        let address: cc_address
    }

    /// Memory with undefined contents.
    package init(byteCount: Int) {
        self.byteCount = byteCount
        copies = Atomic(0)
        origin = .pool(capacity: 0)
    }

    /// Memory that may be written to and that no other storage covers.
    /// - Parameter release: called when the last tensor releases the memory; captured values live until then.
    package init(
        viewing bytes: UnsafeMutableRawBufferPointer, release: @escaping @Sendable () -> Void
    ) {
        byteCount = bytes.count
        copies = Atomic(Copies.host)
        host = bytes.baseAddress
        origin = .elsewhere(release: release)
    }

    deinit {
        if let deviceCopy { deviceCopy.context.release(deviceCopy.address, byteCount) }
        switch origin {
        case .pool(let capacity): if let host { MemoryPool.shared.giveBack(host, capacity: capacity) }
        case .elsewhere(let release): release()
        }
    }

    /// The host's copy, to be read. It is there as long as the storage, unless that is written to.
    package var bytes: UnsafeRawPointer {
        if _fastPath(copies.load(ordering: .acquiring) & Copies.host != 0) { return UnsafeRawPointer(host!) }
        return UnsafeRawPointer(makeHostValid(for: Copies.host | Copies.device))
    }

    /// The host's copy, to be written to.
    package var mutableBytes: UnsafeMutableRawPointer {
        if _fastPath(copies.load(ordering: .acquiring) == Copies.host) { return host! }
        return makeHostValid(for: Copies.host)
    }

    /// Whether there is no copy but the host's.
    var isOnHostOnly: Bool { copies.load(ordering: .acquiring) == Copies.host }

    /// - Parameter kept: the copies that are valid afterwards, if they were before
    @inline(never)
    private func makeHostValid(for kept: UInt8) -> UnsafeMutableRawPointer {
        lock.withLock { _ in
            let valid = copies.load(ordering: .relaxed)
            let memory = allocateHost()
            if valid == Copies.lost {
                CUDAContext.fillAfterFailure(memory)
            } else if valid & Copies.host == 0, valid & Copies.device != 0, let deviceCopy,
                !deviceCopy.context.download(deviceCopy.address, to: memory), kept & Copies.device != 0
            {
                // The GPU's copy may be read later, if it lacked memory only.
                return host!
            }
            copies.store((valid & kept) | Copies.host, ordering: .releasing)
            return host!
        }
    }

    private func allocateHost() -> UnsafeMutableRawBufferPointer {
        if host == nil {
            let (bytes, capacity) = MemoryPool.shared.take(byteCount)
            host = bytes
            origin = .pool(capacity: capacity)
        }
        return UnsafeMutableRawBufferPointer(start: host!, count: byteCount)
    }

    /// What a kernel of a GPU does with memory.
    enum Access {
        case reading
        /// Every byte is written, and none is read before.
        case filling
        case updating
    }

    /// The address of the GPU's copy; 0 if there was a failure.
    func address(on context: CUDAContext, _ access: Access) -> cc_address {
        lock.withLock { _ in
            var valid = copies.load(ordering: .acquiring)
            guard context.isWorking else {
                // Nothing is queued any more: what was to be written is lost, the rest is as it was.
                if access == .filling { copies.store(Copies.lost, ordering: .releasing) }
                return 0
            }
            if valid == Copies.lost, access != .filling {
                CUDAContext.fillAfterFailure(allocateHost())
                valid = Copies.host
            }
            if let other = deviceCopy, other.context !== context {
                moveToHost(from: other, &valid)
            }
            let isFresh = valid == 0 || access == .filling
            if !isFresh && valid & Copies.device == 0, let stale = deviceCopy {
                // Kernels that are queued may still read it, and uploads do not wait for them.
                context.release(stale.address, byteCount)
                deviceCopy = nil
            }
            if deviceCopy == nil {
                let address = context.allocate(byteCount, for: isFresh ? .computing : .uploading)
                guard address != 0 else {
                    if access == .filling { copies.store(Copies.lost, ordering: .releasing) }
                    return 0
                }
                deviceCopy = DeviceCopy(context: context, address: address)
            }
            if !isFresh && valid & Copies.device == 0 {
                context.upload(
                    UnsafeRawBufferPointer(start: host!, count: byteCount), to: deviceCopy!.address)
            }
            if access == .reading {
                copies.store(valid | Copies.device, ordering: .releasing)
            } else {
                copies.store(Copies.device, ordering: .releasing)
                releaseHost()
            }
            return deviceCopy!.address
        }
    }

    /// What was computed on another GPU comes by way of the host.
    private func moveToHost(from other: DeviceCopy, _ valid: inout UInt8) {
        if valid & Copies.host == 0 && valid & Copies.device != 0 {
            other.context.download(other.address, to: allocateHost())
            valid = Copies.host
        }
        valid &= Copies.host
        other.context.release(other.address, byteCount)
        deviceCopy = nil
    }

    /// A stale copy takes no memory.
    private func releaseHost() {
        guard case .pool(let capacity) = origin, let memory = host else { return }
        MemoryPool.shared.giveBack(memory, capacity: capacity)
        host = nil
    }
}
