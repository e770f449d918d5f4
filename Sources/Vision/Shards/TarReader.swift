// SPDX-License-Identifier: Apache-2.0

import Files

/// The regular files in a tar archive, one after another: POSIX.1-2001's ustar and pax, and GNU's long names.
struct TarReader {
    struct Member {
        /// Without `./` before it.
        let name: String
        /// Where the file's bytes are in the archive.
        let bytes: Range<Int>
    }

    /// Why an archive cannot be read on.
    struct Damage: Error {
        let position: Int
        let reason: String
    }

    private static let block = 512
    /// The most bytes of a name, and of an extended header: nobody writes more.
    private static let longestName = 1 << 16

    private var archive: ByteWindow
    private var position = 0

    init(_ archive: ByteWindow) { self.archive = archive }

    /// The next file; nil at the end.
    /// - Throws: `Damage`; `ImageError` where the archive cannot be read
    mutating func next() throws -> Member? {
        var longName: String?
        var longSize: Int?
        while let header = try header() {
            let begin = position + Self.block
            let isFile =
                header.kind == UInt8(ascii: "0") || header.kind == 0 || header.kind == UInt8(ascii: "7")
            // Links, devices and folders have no bytes, whatever their header says.
            let isEmpty = UInt8(ascii: "1")...UInt8(ascii: "6") ~= header.kind
            let size = isEmpty ? 0 : (isFile ? longSize : nil) ?? header.size
            guard size <= archive.count - begin else {
                throw damage("the archive ends within \(longName ?? header.name), which has \(size) bytes")
            }
            switch header.kind {
            case UInt8(ascii: "L"):
                longName = String(decoding: try extended(begin, size).prefix { $0 != 0 }, as: UTF8.self)
            case UInt8(ascii: "x"):
                for (key, value) in try records(extended(begin, size)) {
                    if key == "path" { longName = value }
                    if key == "size" { longSize = Int(value).flatMap { $0 >= 0 ? $0 : nil } }
                }
            default: break
            }
            position = begin + (size + Self.block - 1) / Self.block * Self.block
            if isFile {
                let name = longName ?? header.name
                return Member(
                    name: name.hasPrefix("./") ? String(name.dropFirst(2)) : name, bytes: begin..<begin + size
                )
            }
            if header.kind != UInt8(ascii: "L") && header.kind != UInt8(ascii: "x") {
                (longName, longSize) = (nil, nil)
            }
        }
        return nil
    }

    /// The bytes of a small member.
    mutating func contents(_ member: Member, limit: Int) throws(ImageError) -> ArraySlice<UInt8>? {
        guard member.bytes.count <= limit else { return nil }
        return try archive.slice(member.bytes.lowerBound, member.bytes.count)
    }

    private func damage(_ reason: String) -> Damage { Damage(position: position, reason: reason) }

    /// Nil at the end of the archive: a block of zeros, or of the file.
    private mutating func header() throws -> (name: String, size: Int, kind: UInt8)? {
        let bytes = Array(try archive.slice(position, Self.block))
        var sum = 0
        for byte in bytes { sum += Int(byte) }
        if sum == 0 && bytes.count % Self.block == 0 { return nil }
        guard bytes.count == Self.block else { throw damage("the archive ends within a member's header") }
        // The checksum's own field counts as spaces.
        for byte in bytes[148..<156] { sum += 32 - Int(byte) }
        guard Self.number(bytes[148..<156]) == sum else {
            throw damage("what should be a member's header has no right checksum")
        }
        guard let size = Self.number(bytes[124..<136]) else { throw damage("a member's size is no number") }
        let isPOSIX = bytes[257..<263].elementsEqual("ustar\0".utf8)
        let folder = isPOSIX ? Self.text(bytes[345..<500]) : ""
        let name = Self.text(bytes[0..<100])
        return (folder.isEmpty ? name : folder + "/" + name, size, bytes[156])
    }

    private mutating func extended(_ begin: Int, _ size: Int) throws -> ArraySlice<UInt8> {
        guard size <= Self.longestName else { throw damage("an extended header has \(size) bytes") }
        return try archive.slice(begin, size)
    }

    /// The records of a pax header: `LENGTH KEY=VALUE\n`, where the length counts all of it.
    private func records(_ bytes: ArraySlice<UInt8>) throws(Damage) -> [(key: String, value: String)] {
        var rest = bytes
        var records: [(String, String)] = []
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count,
                let sign = rest[space...].firstIndex(of: UInt8(ascii: "=")),
                sign < rest.startIndex + length - 1
            else { throw damage("an extended header is not as POSIX has it") }
            let end = rest.startIndex + length
            records.append(
                (
                    String(decoding: rest[(space + 1)..<sign], as: UTF8.self),
                    String(decoding: rest[(sign + 1)..<(end - 1)], as: UTF8.self)
                ))
            rest = rest[end...]
        }
        return records
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A number in octal digits, or, as GNU writes large ones, in binary after a first byte of 0x80.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if field.first == 0x80 {
            let bytes = field.dropFirst()
            guard bytes.dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
            return bytes.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        // A sign is no digit.
        guard digits.allSatisfy({ 0x30...0x37 ~= $0 }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
