// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// A file, or an entry of an archive, as errors name it.
struct FilePart: Sendable {
    let url: URL
    /// The entry's name.
    var entry: String?

    func malformed(_ offset: Int, found: String, expected: String) -> CheckpointError {
        .malformed(url, entry: entry, offset: offset, found: found, expected: expected)
    }

    func invalid(_ problem: String) -> CheckpointError {
        .invalid(url, (entry.map { "\($0): " } ?? "") + problem)
    }
}

/// Reads bytes one after the other; the end of them is an error.
struct ByteCursor {
    let bytes: ByteSlice
    let part: FilePart
    /// The offset of the bytes within the part.
    let start: Int
    private(set) var position = 0

    init(_ bytes: ByteSlice, _ part: FilePart, start: Int = 0) {
        self.bytes = bytes
        self.part = part
        self.start = start
    }

    var offset: Int { start + position }
    var remaining: Int { bytes.count - position }

    mutating func take(_ count: Int, _ what: @autoclosure () -> String) throws(CheckpointError) -> ByteSlice {
        guard count >= 0, count <= remaining else {
            throw part.malformed(
                offset, found: "\(remaining) bytes before the end", expected: "\(count) for \(what())")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func integer<T: FixedWidthInteger>(
        _ type: T.Type = T.self, _ what: @autoclosure () -> String
    ) throws(CheckpointError) -> T {
        try take(T.bitWidth / 8, what()).integer(at: 0)
    }

    mutating func byte(_ what: @autoclosure () -> String) throws(CheckpointError) -> UInt8 {
        guard remaining > 0 else {
            throw part.malformed(offset, found: "the end", expected: what())
        }
        defer { position += 1 }
        return bytes[position]
    }

    /// The bytes before the next line feed, which is consumed too.
    mutating func line(_ what: @autoclosure () -> String) throws(CheckpointError) -> ByteSlice {
        for end in position..<bytes.count where bytes[end] == 0x0A {
            defer { position = end + 1 }
            return bytes[position..<end]
        }
        throw part.malformed(offset, found: "no end of the line", expected: what())
    }
}

extension MappedMemory {
    /// Maps a file. The error names the file.
    static func checkpoint(_ url: URL) throws(CheckpointError) -> MappedMemory {
        do throws(MappingError) {
            return try MappedMemory(contentsOf: url)
        } catch {
            throw .unreadable(url, reason: error.reason)
        }
    }
}
