// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Recycles the memory of tensors, so that a training step in steady state asks the system for none.
///
/// Small blocks are kept by exact size. Larger ones are cut from segments of address space: the smallest free
/// range that fits is taken, and free neighbours are joined again. So the process holds little more than a
/// step needs at its peak. Address space costs nothing until it is written to.
///
/// Built with the address sanitizer, it keeps nothing. Each block comes from the system with exactly the size
/// asked for, so that the sanitizer sees an access out of bounds or after the block was freed.
public final class MemoryPool: Sendable {
    /// The pool that tensors of the process take their memory from.
    public static let shared = MemoryPool()

    /// How much memory tensors hold, and how much the pool asked the system for.
    public struct Statistics: Sendable {
        /// Bytes held by tensors now, each tensor rounded up to a whole block.
        public var bytesInUse = 0
        /// The most bytes in use at once since the program started or since `resetPeak()`.
        public var peakBytesInUse = 0
        /// How often the system was asked for memory.
        public var systemAllocations = 0
        /// How far into its segments the pool has ever written.
        public var bytesTouched = 0

        fileprivate mutating func count(_ size: Int) {
            bytesInUse += size
            peakBytesInUse = max(peakBytesInUse, bytesInUse)
        }
    }

    private struct State {
        var statistics = Statistics()
        /// Free small blocks by size. Addresses are numbers here, so that the pool can be Sendable.
        var small: [Int: [UInt]] = [:]
        var segments: [Segment] = []
    }

    /// Advice that is printed when memory has run out: what takes less memory, in the words of the running
    /// program.
    package static let advice = Lock("a smaller batch, or smaller images, take less")

    private let state = Lock(State())
    private static let smallLimit = 1 << 16
    private static let segmentSize = 1 << 32

    /// The numbers at this moment. May be read from any thread.
    public var statistics: Statistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.bytesTouched = state.segments.reduce(0) { $0 + $1.touched }
            return statistics
        }
    }

    /// Restarts the measurement of the peak at the number of bytes in use now.
    public func resetPeak() {
        state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
    }

    /// Returns the memory kept for reuse to the system.
    public func releaseUnused() {
        state.withLock { state in
            for addresses in state.small.values {
                for address in addresses { free(UnsafeMutableRawPointer(bitPattern: address)) }
            }
            state.small = [:]
            for segment in state.segments where segment.isUnused { segment.unmap() }
            state.segments.removeAll(where: \.isUnused)
            for index in state.segments.indices { state.segments[index].discardFreePages() }
        }
    }

    func take(_ byteCount: Int) -> (UnsafeMutableRawPointer, capacity: Int) {
        if Sanitizer.address { return takeAlone(byteCount) }
        let unit = byteCount <= Self.smallLimit ? 64 : Segment.page
        let size = max(64, (byteCount + unit - 1) / unit * unit)
        return state.withLock { state in
            let address =
                size <= Self.smallLimit ? Self.takeSmall(&state, size) : Self.takeLarge(&state, size)
            state.statistics.count(size)
            return (UnsafeMutableRawPointer(bitPattern: address)!, size)
        }
    }

    private func takeAlone(_ byteCount: Int) -> (UnsafeMutableRawPointer, capacity: Int) {
        let address = state.withLock { state in
            state.statistics.count(byteCount)
            return Self.takeFromSystem(&state, byteCount)
        }
        return (UnsafeMutableRawPointer(bitPattern: address)!, byteCount)
    }

    func giveBack(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
        let address = UInt(bitPattern: pointer)
        state.withLock { state in
            state.statistics.bytesInUse -= capacity
            if Sanitizer.address {
                free(pointer)
            } else if capacity <= Self.smallLimit {
                state.small[capacity, default: []].append(address)
            } else {
                let index = state.segments.firstIndex { $0.contains(address) }!
                state.segments[index].giveBack(address, size: UInt(capacity))
            }
        }
    }

    private static func takeSmall(_ state: inout State, _ size: Int) -> UInt {
        if let address = state.small[size]?.popLast() { return address }
        return takeFromSystem(&state, size)
    }

    private static func takeFromSystem(_ state: inout State, _ size: Int) -> UInt {
        state.statistics.systemAllocations += 1
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, size) == 0, let pointer else {
            outOfMemory(size, state.statistics)
        }
        return UInt(bitPattern: pointer)
    }

    private static func takeLarge(_ state: inout State, _ size: Int) -> UInt {
        let wanted = UInt(size)
        let fits = state.segments.indices.compactMap { index in
            state.segments[index].bestFit(wanted).map { (segment: index, range: $0) }
        }
        let best = fits.min {
            state.segments[$0.segment].free[$0.range].count < state.segments[$1.segment].free[$1.range].count
        }
        if let best { return state.segments[best.segment].take(wanted, from: best.range) }
        state.statistics.systemAllocations += 1
        guard var segment = Segment(size: max(size, segmentSize)) ?? Segment(size: size) else {
            outOfMemory(size, state.statistics)
        }
        let address = segment.take(wanted, from: 0)
        state.segments.append(segment)
        return address
    }

    private static func outOfMemory(_ size: Int, _ statistics: Statistics) -> Never {
        fail(
            """
            out of memory: a tensor asked for \(size) bytes, tensors hold \(statistics.bytesInUse); \
            \(advice.withLock { $0 })
            """)
    }
}
