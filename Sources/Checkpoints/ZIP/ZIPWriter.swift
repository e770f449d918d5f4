// SPDX-License-Identifier: Apache-2.0

import Checks
import Files

/// Writes a ZIP archive of stored entries, each at a multiple of 64 bytes, so that readers can map them.
/// Sizes and offsets are written with 32 bits if they fit, which every reader understands, else with 64.
struct ZIPWriter: ~Copyable {
    static let alignment = 64
    private let wideFrom: UInt64
    private var position: UInt64 = 0
    private var directory: [UInt8] = []
    private var count: UInt64 = 0

    /// - Parameter wideFrom: the smallest number that is written with 64 bits.
    init(wideFrom: UInt64 = UInt64(UInt32.max)) { self.wideFrom = wideFrom }

    /// Whether a name is a relative path that leads nowhere else.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 4096 && !name.utf8.contains { $0 < 0x20 || $0 == 0x5C }
            && !name.split(separator: "/", omittingEmptySubsequences: false).dropLast(
                name.hasSuffix("/") ? 1 : 0
            )
            .contains { $0.isEmpty || $0 == "." || $0 == ".." }
            && name.dropFirst().first != ":"
    }

    mutating func add(_ name: String, _ contents: [UInt8], to file: borrowing AtomicFile) throws(FileError) {
        let contents = ByteSlice.copying(contents)
        try add(name, byteCount: contents.count, to: file) { (body) throws(FileError) in try body(contents) }
    }

    /// Adds an entry that is given in pieces. They are enumerated twice, because the checksum is written
    /// before them.
    mutating func add(
        _ name: String, byteCount: Int, to file: borrowing AtomicFile,
        pieces: ((ByteSlice) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        check(Self.isPlain(name), "ZIPWriter: \(name) is no relative path")
        var checksum = Checksum()
        try pieces { (piece) throws(FileError) in checksum.add(piece) }
        let (size, start) = (UInt64(byteCount), position)
        let isWide = size >= wideFrom
        var header: [UInt8] = []
        header.append(little: 0x0403_4B50 as UInt32)
        header.append(little: (isWide ? 45 : 20) as UInt16)
        // UTF-8 names, stored, at midnight of the first day that ZIP has: equal contents give equal bytes.
        let common = Self.common(checksum.value, size: isWide ? .max : size, nameLength: name.utf8.count)
        header += common
        let wide = isWide ? Self.wideField([size, size]) : []
        let unpadded = Int(position) + header.count + 2 + name.utf8.count + wide.count
        let padding = Self.padding(for: unpadded)
        header.append(little: UInt16(wide.count + padding.count))
        header += Array(name.utf8) + wide + padding
        try write(header, to: file)
        try pieces { (piece) throws(FileError) in try file.write(piece) }
        position += size

        let isFar = start >= wideFrom
        directory.append(little: 0x0201_4B50 as UInt32)
        directory.append(little: (isWide || isFar ? 45 : 20) as UInt16)
        directory.append(little: (isWide || isFar ? 45 : 20) as UInt16)
        directory += common
        let extra =
            isWide || isFar ? Self.wideField((isWide ? [size, size] : []) + (isFar ? [start] : [])) : []
        directory.append(little: UInt16(extra.count))
        directory += [UInt8](repeating: 0, count: 10)
        directory.append(little: isFar ? UInt32.max : UInt32(start))
        directory += Array(name.utf8) + extra
        count += 1
    }

    static let longestComment = Int(UInt16.max)

    /// Writes the directory.
    /// - Parameter comment: at most `longestComment` bytes
    consuming func finish(comment: [UInt8] = [], to file: borrowing AtomicFile) throws(FileError) {
        check(
            comment.count <= Self.longestComment,
            "ZIPWriter: a comment of \(comment.count) bytes, of which an archive holds \(Self.longestComment)"
        )
        let (start, size) = (position, UInt64(directory.count))
        try write(directory, to: file)
        let isWide = start >= wideFrom || size >= wideFrom || count >= min(wideFrom, UInt64(UInt16.max))
        var end: [UInt8] = []
        if isWide {
            end.append(little: 0x0606_4B50 as UInt32)
            end.append(little: 44 as UInt64)
            end.append(little: 45 as UInt16)
            end.append(little: 45 as UInt16)
            end.append(little: 0 as UInt64)
            for number in [count, count, size, start] { end.append(little: number) }
            end.append(little: 0x0706_4B50 as UInt32)
            end.append(little: 0 as UInt32)
            end.append(little: start + size)
            end.append(little: 1 as UInt32)
        }
        end.append(little: 0x0605_4B50 as UInt32)
        end.append(little: 0 as UInt32)
        for _ in 0..<2 { end.append(little: isWide ? UInt16.max : UInt16(count)) }
        end.append(little: isWide ? UInt32.max : UInt32(size))
        end.append(little: isWide ? UInt32.max : UInt32(start))
        end.append(little: UInt16(comment.count))
        try write(end + comment, to: file)
    }

    private mutating func write(_ bytes: [UInt8], to file: borrowing AtomicFile) throws(FileError) {
        try file.write(bytes)
        position += UInt64(bytes.count)
    }

    /// The fields that local headers and the directory share, from the flags to the name's length.
    private static func common(_ checksum: UInt32, size: UInt64, nameLength: Int) -> [UInt8] {
        var fields: [UInt8] = []
        fields.append(little: 0x0800 as UInt16)
        fields.append(little: 0 as UInt16)
        fields.append(little: 0 as UInt16)
        fields.append(little: 0x0021 as UInt16)
        fields.append(little: checksum)
        for _ in 0..<2 { fields.append(little: UInt32(truncatingIfNeeded: size)) }
        fields.append(little: UInt16(nameLength))
        return fields
    }

    private static func wideField(_ numbers: [UInt64]) -> [UInt8] {
        var field: [UInt8] = []
        field.append(little: 1 as UInt16)
        field.append(little: UInt16(8 * numbers.count))
        for number in numbers { field.append(little: number) }
        return field
    }

    /// An extra field after which the data begins at a multiple of the alignment; PyTorch calls it so too.
    private static func padding(for position: Int) -> [UInt8] {
        let length = (alignment - (position + 4) % alignment) % alignment
        return [0x46, 0x42, UInt8(length), 0] + [UInt8](repeating: 0x5A, count: length)
    }
}

/// A running CRC-32.
private struct Checksum {
    var value: UInt32 = 0
    mutating func add(_ bytes: ByteSlice) { value = ZIPArchive.checksum(bytes, from: value) }
}

extension [UInt8] {
    /// Appends an integer, least significant byte first.
    mutating func append<T: FixedWidthInteger>(little value: T) {
        for shift in stride(from: 0, to: T.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }
}
