// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A mapped file, or memory from the system without a file. It is private to the process and released with
/// its last user. Writes never reach the file. Pages that were never touched take no memory.
///
/// One hazard remains: if another program shortens the file, reading past its new end kills the process. A
/// file that is replaced by renaming, as `writeAtomically` does, stays valid.
package final class MappedMemory: Sendable {
    /// The address, as a number so that the class is Sendable. Whoever writes must make sure that nobody else
    /// does.
    private let address: UInt
    package let count: Int

    private init(_ start: UnsafeMutableRawPointer, count: Int) {
        address = UInt(bitPattern: start)
        self.count = count
    }

    /// Maps a regular file.
    /// - Throws: `MappingError`
    package convenience init(contentsOf url: URL) throws(MappingError) {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw MappingError(code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw MappingError(code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MappingError(reason: "it is not a regular file")
        }
        try self.init(count: Int(status.st_size), flags: MAP_PRIVATE, descriptor: descriptor)
    }

    /// Memory of zeros. Pages are taken only when they are written to.
    /// - Throws: `MappingError`
    package convenience init(zeroed count: Int) throws(MappingError) {
        #if os(Linux)
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #else
            let flags = MAP_PRIVATE | MAP_ANON
        #endif
        try self.init(count: count, flags: flags, descriptor: -1)
    }

    private convenience init(count: Int, flags: Int32, descriptor: Int32) throws(MappingError) {
        // The system has no empty mappings.
        guard count > 0 else {
            self.init(UnsafeMutableRawPointer(bitPattern: Self.pageSize)!, count: 0)
            return
        }
        #if os(Linux)
            let flags = flags | MAP_NORESERVE
        #endif
        let start = mmap(nil, count, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        guard let start, start != MAP_FAILED else { throw MappingError(code: errno) }
        self.init(start, count: count)
    }

    deinit {
        if count > 0 { munmap(UnsafeMutableRawPointer(bitPattern: address), count) }
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    package var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: address), count: count)
    }

    /// All of the memory, for reading.
    package var slice: ByteSlice { ByteSlice(UnsafeRawBufferPointer(bytes), keeping: self) }

    /// Returns the pages within a range of bytes to the system; their contents are the file's again.
    package func discard(_ range: Range<Int>) {
        let page = Self.pageSize
        let first = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard first < end else { return }
        madvise(bytes.baseAddress! + first, end - first, MADV_DONTNEED)
    }
}

/// Why a file could not be mapped.
package struct MappingError: Error {
    package let reason: String

    init(reason: String) { self.reason = reason }
    init(code: Int32) { reason = systemReason(code) }
}
