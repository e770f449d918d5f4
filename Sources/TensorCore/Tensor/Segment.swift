// SPDX-License-Identifier: Apache-2.0

import Foundation

#if os(Linux)
    /// `MADV_HUGEPAGE`, which the C library's module does not export.
    private let hugePages: Int32 = 14
#endif

/// A stretch of address space from the system, and which ranges of it are free.
struct Segment {
    static let page = 4096

    private let whole: Range<UInt>
    /// In order of address; neighbours are joined.
    private(set) var free: [Range<UInt>]
    /// The highest end of any range handed out so far.
    private var highest: UInt

    /// Nil if the system refuses a stretch of this size.
    init?(size: Int) {
        #if os(Linux)
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        #else
            let flags = MAP_PRIVATE | MAP_ANON
        #endif
        let start = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let start, start != MAP_FAILED else { return nil }
        #if os(Linux)
            madvise(start, size, hugePages)
        #endif
        whole = UInt(bitPattern: start)..<UInt(bitPattern: start) + UInt(size)
        free = [whole]
        highest = whole.lowerBound
    }

    var isUnused: Bool { free == [whole] }
    var touched: Int { Int(highest - whole.lowerBound) }

    func contains(_ address: UInt) -> Bool { whole.contains(address) }

    /// The index of the smallest free range of at least `size` bytes, the lowest of several; the untouched
    /// end last.
    func bestFit(_ size: UInt) -> Int? {
        var best: Int?
        for index in free.indices where free[index].count >= Int(size) {
            if best == nil || free[index].count < free[best!].count { best = index }
        }
        return best
    }

    mutating func take(_ size: UInt, from index: Int) -> UInt {
        let address = free[index].lowerBound
        if free[index].count == Int(size) {
            free.remove(at: index)
        } else {
            free[index] = address + size..<free[index].upperBound
        }
        highest = max(highest, address + size)
        return address
    }

    mutating func giveBack(_ address: UInt, size: UInt) {
        var range = address..<address + size
        var index = free.firstIndex { $0.lowerBound > address } ?? free.count
        if index < free.count && free[index].lowerBound == range.upperBound {
            range = range.lowerBound..<free.remove(at: index).upperBound
        }
        if index > 0 && free[index - 1].upperBound == range.lowerBound {
            index -= 1
            range = free.remove(at: index).lowerBound..<range.upperBound
        }
        free.insert(range, at: index)
    }

    /// Returns the pages of the free ranges to the system; the addresses stay reserved.
    mutating func discardFreePages() {
        for range in free where range.lowerBound < highest {
            let end = min(range.upperBound, highest)
            madvise(
                UnsafeMutableRawPointer(bitPattern: range.lowerBound), Int(end - range.lowerBound),
                MADV_DONTNEED)
        }
    }

    func unmap() {
        munmap(UnsafeMutableRawPointer(bitPattern: whole.lowerBound), whole.count)
    }
}
