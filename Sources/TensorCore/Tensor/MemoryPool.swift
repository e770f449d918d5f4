// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Recycles the memory of tensors, so that a training step in steady state asks the system for none.
///
/// Small blocks are kept by exact size. A large request takes the smallest free block that fits and is at most half as
/// large again. What is kept free is bounded by half of the most that was ever in use at once.
public final class MemoryPool: Sendable {
    public static let shared = MemoryPool()

    public struct Statistics: Sendable {
        /// Bytes held by tensors now, and the most there ever were.
        public var bytesInUse = 0
        public var peakBytesInUse = 0
        /// Bytes kept for reuse.
        public var bytesFree = 0
        /// How often the system was asked for memory.
        public var systemAllocations = 0
    }

    private struct Block {
        var capacity: Int
        // Opaque here, so that the pool can be Sendable: only `take` turns it back into memory.
        var address: UInt
    }

    private struct State {
        var statistics = Statistics()
        var small: [Int: [UInt]] = [:]
        /// Sorted by capacity.
        var large: [Block] = []
    }

    private let state = Mutex(State())
    private static let smallLimit = 1 << 16
    private static let slack = 64 << 20

    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Starts a new measurement of the peak from what is in use now.
    public func resetPeak() {
        state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
    }

    /// Returns the memory kept for reuse to the system.
    public func releaseUnused() {
        state.withLock { Self.release(&$0, downTo: 0) }
    }

    func take(_ byteCount: Int) -> (UnsafeMutableRawPointer, capacity: Int) {
        let unit = byteCount <= Self.smallLimit ? 64 : 4096
        let size = max(64, (byteCount + unit - 1) / unit * unit)
        return state.withLock { state in
            let (address, capacity) = Self.reuse(&state, size) ?? Self.allocate(&state, size)
            state.statistics.bytesInUse += capacity
            state.statistics.peakBytesInUse = max(state.statistics.peakBytesInUse, state.statistics.bytesInUse)
            return (UnsafeMutableRawPointer(bitPattern: address)!, capacity)
        }
    }

    func giveBack(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
        let address = UInt(bitPattern: pointer)
        state.withLock { state in
            state.statistics.bytesInUse -= capacity
            state.statistics.bytesFree += capacity
            if capacity <= Self.smallLimit {
                state.small[capacity, default: []].append(address)
            } else {
                state.large.insert(
                    Block(capacity: capacity, address: address), at: Self.firstFit(state.large, capacity))
            }
        }
    }

    private static func reuse(_ state: inout State, _ size: Int) -> (UInt, Int)? {
        if size <= smallLimit {
            guard let address = state.small[size]?.popLast() else { return nil }
            state.statistics.bytesFree -= size
            return (address, size)
        }
        let index = firstFit(state.large, size)
        guard index < state.large.count, state.large[index].capacity <= size + size / 2 else { return nil }
        let block = state.large.remove(at: index)
        state.statistics.bytesFree -= block.capacity
        return (block.address, block.capacity)
    }

    private static func allocate(_ state: inout State, _ size: Int) -> (UInt, Int) {
        let allowance = max(state.statistics.peakBytesInUse / 2, slack)
        if state.statistics.bytesFree + size > allowance {
            release(&state, downTo: max(0, allowance - size))
        }
        state.statistics.systemAllocations += 1
        var pointer: UnsafeMutableRawPointer?
        let alignment = size >= 1 << 21 ? 1 << 21 : 64
        guard posix_memalign(&pointer, alignment, size) == 0, let pointer else {
            fatalError("out of memory: a tensor asked for \(size) bytes, \(state.statistics.bytesInUse) are in use")
        }
        #if os(Linux)
            if size >= 1 << 21 { madvise(pointer, size, 14 /* MADV_HUGEPAGE */) }
        #endif
        return (UInt(bitPattern: pointer), size)
    }

    /// Frees the largest blocks first: they are the least likely to be asked for again.
    private static func release(_ state: inout State, downTo limit: Int) {
        while state.statistics.bytesFree > limit, let block = state.large.popLast() {
            free(UnsafeMutableRawPointer(bitPattern: block.address))
            state.statistics.bytesFree -= block.capacity
        }
        guard state.statistics.bytesFree > limit else { return }
        for (size, addresses) in state.small {
            for address in addresses { free(UnsafeMutableRawPointer(bitPattern: address)) }
            state.statistics.bytesFree -= size * addresses.count
        }
        state.small = [:]
    }

    /// The index of the first block of at least `size` bytes.
    private static func firstFit(_ blocks: [Block], _ size: Int) -> Int {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].capacity < size { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
