// SPDX-License-Identifier: Apache-2.0

import CZlib
import Files
import Foundation

/// A ZIP archive, read through a mapping. Entries that are stored are views of it, deflated ones are
/// inflated.
///
/// The directory is not trusted. It is checked that entries lie in the file, do not overlap, agree with their
/// local headers, and have distinct, plain relative names. Nothing is ever extracted to disk.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
struct ZIPArchive {
    struct Entry {
        let name: String
        let isDeflated: Bool
        let checksum: UInt32
        /// The entry's bytes in the file, deflated or not.
        let data: Range<Int>
        /// The size after inflation.
        let byteCount: Int
    }

    let entries: [Entry]
    let part: FilePart
    let comment: ByteSlice
    private let bytes: ByteSlice
    private let indices: [String: Int]

    init(_ bytes: ByteSlice, _ part: FilePart) throws(CheckpointError) {
        self.bytes = bytes
        self.part = part
        let directory = try ZIPDirectory(bytes, part)
        comment = directory.comment
        entries = try directory.entries()
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
        let total = entries.reduce(0) { $0 + ($1.isDeflated ? $1.byteCount : 0) }
        guard total <= Self.largestInflation(of: bytes.count) else {
            throw part.invalid(
                "its \(bytes.count) bytes would inflate to \(total), more than is inflated here; "
                    + "if you trust it, pack it again without compression")
        }
    }

    /// The most bytes that all deflated entries may inflate to: 4 GiB or half of the machine's memory,
    /// whichever is less. (The zeros of untouched momentum buffers shrink to a thousandth.) Or 32 times the
    /// file's size, if that is more.
    static func largestInflation(of byteCount: Int) -> Int {
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
        return max(min(4 << 30, memory), 32 * byteCount + 1 << 20)
    }

    subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// An entry's contents.
    /// - Parameter verifying: whether the checksum of a stored entry is compared too: that reads all of it.
    func contents(of entry: Entry, verifying: Bool) throws(CheckpointError) -> ByteSlice {
        let stored = bytes[entry.data]
        let contents = entry.isDeflated ? try inflated(stored, entry) : stored
        if entry.isDeflated || verifying, Self.checksum(contents) != entry.checksum {
            throw part.malformed(
                entry.data.lowerBound, found: "contents of \(entry.name) with another checksum",
                expected: "CRC-32 \(String(entry.checksum, radix: 16))")
        }
        return contents
    }

    /// The first bytes of a deflated entry, as many as `count` if it has them.
    func beginning(of entry: Entry, count: Int) throws(CheckpointError) -> ByteSlice {
        var beginning = [UInt8](repeating: 0, count: min(count, entry.byteCount))
        let made = beginning.withUnsafeMutableBytes { Inflation.inflate(bytes[entry.data], beginning: $0) }
        return ByteSlice.copying(Array(beginning.prefix(made)))
    }

    /// The claimed size takes address space only; memory is taken as the stream is inflated.
    private func inflated(_ deflated: ByteSlice, _ entry: Entry) throws(CheckpointError) -> ByteSlice {
        let memory: MappedMemory
        do throws(MappingError) {
            memory = try MappedMemory(zeroed: entry.byteCount)
        } catch {
            throw .unreadable(
                part.url, reason: "\(entry.name) takes \(entry.byteCount) bytes: \(error.reason)")
        }
        guard Inflation.inflate(deflated, into: memory) else {
            throw part.malformed(
                entry.data.lowerBound,
                found: "a deflated stream of \(entry.name) that is broken or of another length",
                expected: "one of \(entry.byteCount) bytes")
        }
        return memory.slice
    }

    static func checksum(_ bytes: ByteSlice, from sum: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { bytes in
            var (sum, rest) = (uLong(sum), bytes)
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
                sum = crc32(sum, piece.bindMemory(to: UInt8.self).baseAddress, uInt(piece.count))
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            }
            return UInt32(truncatingIfNeeded: sum)
        }
    }
}
