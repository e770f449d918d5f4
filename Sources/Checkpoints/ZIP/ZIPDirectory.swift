// SPDX-License-Identifier: Apache-2.0

import Files

/// Reads the directory at the end of a ZIP archive, with its 64-bit extension.
struct ZIPDirectory {
    private static let endSignature: UInt32 = 0x0605_4B50
    private static let end64Signature: UInt32 = 0x0606_4B50
    private static let locatorSignature: UInt32 = 0x0706_4B50
    private static let entrySignature: UInt32 = 0x0201_4B50
    private static let localSignature: UInt32 = 0x0403_4B50
    private static let (endLength, locatorLength, localLength) = (22, 20, 30)

    private let bytes: ByteSlice
    private let part: FilePart
    /// The directory's byte range, and the number of its entries.
    private let range: Range<Int>
    private let count: Int
    let comment: ByteSlice

    init(_ bytes: ByteSlice, _ part: FilePart) throws(CheckpointError) {
        self.bytes = bytes
        self.part = part
        guard let end = Self.end(of: bytes) else {
            throw part.malformed(
                bytes.count, found: "no directory at the end",
                expected: "a whole ZIP archive; was it cut off while it was copied?")
        }
        comment = bytes[end + Self.endLength..<bytes.count]
        var fields = ByteCursor(bytes[end + 4..<bytes.count], part, start: end + 4)
        let disks = (try fields.integer(UInt16.self, "disk"), try fields.integer(UInt16.self, "disk"))
        let (here, total) = (
            try fields.integer(UInt16.self, "count"), try fields.integer(UInt16.self, "count")
        )
        let (size, start) = (
            try fields.integer(UInt32.self, "size"), try fields.integer(UInt32.self, "offset")
        )
        var directory = (count: UInt64(total), size: UInt64(size), start: UInt64(start))
        var limit = end
        if total == .max || size == .max || start == .max {
            (directory, limit) = try Self.end64(bytes, part, before: end)
        } else {
            guard disks == (0, 0), here == total else {
                throw part.malformed(end, found: "one of several disks", expected: "an archive in one piece")
            }
        }
        guard directory.size <= UInt64(limit), directory.start <= UInt64(limit) - directory.size,
            directory.count <= directory.size / 46
        else {
            throw part.malformed(
                end,
                found:
                    "a directory of \(directory.count) entries and \(directory.size) bytes at byte \(directory.start)",
                expected: "one that lies before byte \(limit)")
        }
        range = Int(directory.start)..<Int(directory.start + directory.size)
        count = Int(directory.count)
    }

    /// The record whose comment ends where the file does.
    private static func end(of bytes: ByteSlice) -> Int? {
        guard bytes.count >= endLength else { return nil }
        let first = max(0, bytes.count - endLength - Int(UInt16.max))
        for offset in (first...bytes.count - endLength).reversed() where bytes[offset] == 0x50 {
            let signature: UInt32 = bytes.integer(at: offset)
            let comment: UInt16 = bytes.integer(at: offset + 20)
            if signature == endSignature, offset + endLength + Int(comment) == bytes.count { return offset }
        }
        return nil
    }

    private static func end64(
        _ bytes: ByteSlice, _ part: FilePart, before end: Int
    ) throws(CheckpointError) -> ((count: UInt64, size: UInt64, start: UInt64), limit: Int) {
        let offset = end - locatorLength
        guard offset >= 0, bytes.integer(at: offset) == locatorSignature else {
            throw part.malformed(
                max(0, offset), found: "no 64-bit directory", expected: "one, as its end says")
        }
        let start: UInt64 = bytes.integer(at: offset + 8)
        guard start <= UInt64(offset), UInt64(offset) - start >= 56,
            bytes.integer(at: Int(start)) == end64Signature
        else {
            throw part.malformed(
                offset, found: "a 64-bit directory at byte \(start)", expected: "one before byte \(offset)")
        }
        let record = Int(start)
        return (
            (
                bytes.integer(at: record + 32), bytes.integer(at: record + 40),
                bytes.integer(at: record + 48)
            ), record
        )
    }

    func entries() throws(CheckpointError) -> [ZIPArchive.Entry] {
        var fields = ByteCursor(bytes[range], part, start: range.lowerBound)
        var entries: [ZIPArchive.Entry] = []
        var (names, occupied): (Set<String>, [Range<Int>]) = ([], [])
        for _ in 0..<count {
            let offset = fields.offset
            let (entry, whole) = try entry(&fields)
            guard names.insert(entry.name).inserted else {
                throw part.malformed(
                    offset, found: "the name \(entry.name) a second time", expected: "each once")
            }
            occupied.append(whole)
            entries.append(entry)
        }
        guard fields.remaining == 0 else {
            throw part.malformed(
                fields.offset, found: "\(fields.remaining) more bytes of directory",
                expected: "its end after \(count) entries")
        }
        occupied.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        for (before, after) in zip(occupied, occupied.dropFirst()) where before.upperBound > after.lowerBound
        {
            throw part.malformed(
                after.lowerBound, found: "an entry within another", expected: "entries one after the other")
        }
        return entries
    }

    /// - Returns: the entry, and the bytes that it has in the file together with its local header.
    private func entry(
        _ fields: inout ByteCursor
    ) throws(CheckpointError) -> (ZIPArchive.Entry, whole: Range<Int>) {
        let offset = fields.offset
        guard try fields.integer(UInt32.self, "an entry of the directory") == Self.entrySignature else {
            throw part.malformed(offset, found: "no entry", expected: "an entry of the directory")
        }
        _ = try fields.integer(UInt32.self, "versions")
        let flags = try fields.integer(UInt16.self, "flags")
        let method = try fields.integer(UInt16.self, "method")
        _ = try fields.integer(UInt32.self, "time")
        let checksum = try fields.integer(UInt32.self, "checksum")
        let packed32 = try fields.integer(UInt32.self, "size")
        let size32 = try fields.integer(UInt32.self, "size")
        let nameLength = try fields.integer(UInt16.self, "length")
        let extraLength = try fields.integer(UInt16.self, "length")
        let commentLength = try fields.integer(UInt16.self, "length")
        let disk = try fields.integer(UInt16.self, "disk")
        _ = try fields.take(6, "attributes")
        let local32 = try fields.integer(UInt32.self, "offset")
        let rawName = try fields.take(Int(nameLength), "a name")
        let name = try checkedName(rawName, at: offset)
        let extra = try fields.take(Int(extraLength), "extra fields of \(name)")
        _ = try fields.take(Int(commentLength), "the comment of \(name)")
        func wrong(_ found: String, _ expected: String) -> CheckpointError {
            part.malformed(offset, found: "\(found) for \(name)", expected: expected)
        }
        guard flags & 0x2041 == 0 else { throw wrong("encryption", "an entry that is not encrypted") }
        guard method == 0 || method == 8 else {
            throw wrong("compression method \(method)", "0 (stored) or 8 (deflated)")
        }
        guard disk == 0 || disk == .max else { throw wrong("disk \(disk)", "an archive in one piece") }
        var wide = try Self.wideFields(extra, part, start: offset)
        func widened(_ narrow: UInt32) throws(CheckpointError) -> UInt64 {
            guard narrow == .max else { return UInt64(narrow) }
            guard !wide.isEmpty else { throw wrong("no 64-bit size", "one, where the 32-bit one is full") }
            return wide.removeFirst()
        }
        let (size, packed, local) = (try widened(size32), try widened(packed32), try widened(local32))
        let data = try dataStart(at: local, name: rawName, wrong)
        guard packed <= UInt64(range.lowerBound - data), size <= UInt64(Int.max / 64),
            method == 8 || size == packed
        else {
            throw wrong(
                "\(packed) bytes that become \(size)", "what fits between byte \(data) and the directory")
        }
        guard method == 0 || size <= UInt64(Inflation.largestFactor) * (packed + 1) else {
            throw wrong("\(packed) bytes that become \(size)", "no more than deflated bytes can")
        }
        let entry = ZIPArchive.Entry(
            name: name, isDeflated: method == 8, checksum: checksum, data: data..<data + Int(packed),
            byteCount: Int(size))
        return (entry, Int(local)..<data + Int(packed))
    }

    /// Skips the local header, which must name the same entry.
    private func dataStart(
        at local: UInt64, name: ByteSlice, _ wrong: (String, String) -> CheckpointError
    ) throws(CheckpointError) -> Int {
        guard local <= UInt64(range.lowerBound), range.lowerBound - Int(local) >= Self.localLength,
            bytes.integer(at: Int(local)) == Self.localSignature
        else { throw wrong("no local header at byte \(local)", "one before the directory") }
        let start = Int(local)
        let (nameLength, extraLength): (UInt16, UInt16) = (
            bytes.integer(at: start + 26), bytes.integer(at: start + 28)
        )
        let data = start + Self.localLength + Int(nameLength) + Int(extraLength)
        guard data <= range.lowerBound,
            bytes[start + Self.localLength..<start + Self.localLength + Int(nameLength)].array == name.array
        else { throw wrong("another name in the local header", "the same") }
        return data
    }

    /// The 64-bit numbers of the extra field that has them.
    private static func wideFields(
        _ extra: ByteSlice, _ part: FilePart, start: Int
    ) throws(CheckpointError) -> [UInt64] {
        var fields = ByteCursor(extra, part, start: start)
        while fields.remaining >= 4 {
            let kind = try fields.integer(UInt16.self, "an extra field")
            let length = try fields.integer(UInt16.self, "an extra field")
            let body = try fields.take(Int(length), "an extra field")
            guard kind == 1 else { continue }
            return (0..<body.count / 8).map { body.integer(at: 8 * $0) }
        }
        return []
    }

    /// Only plain relative paths are allowed, so that extracting the archive cannot write elsewhere.
    private func checkedName(_ raw: ByteSlice, at offset: Int) throws(CheckpointError) -> String {
        guard let name = raw.text, ZIPWriter.isPlain(name) else {
            throw part.malformed(
                offset, found: "the name \"\(String(decoding: raw.array.prefix(80), as: UTF8.self))\"",
                expected: "a relative path without .. and \\")
        }
        return name
    }
}
