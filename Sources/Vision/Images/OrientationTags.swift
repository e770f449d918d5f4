// SPDX-License-Identifier: Apache-2.0

import CImages

/// Finds the orientation in a file's metadata as Pillow does: EXIF's, or XMP's where EXIF has none. Malformed
/// metadata counts as upright.
struct OrientationTags: Sendable, Equatable {
    private var exif: Int?
    /// EXIF that older writers put into a text chunk of PNG.
    private var textExif: Int?
    private var xmp: Int?
    /// Even EXIF without an orientation takes precedence over EXIF in a text chunk.
    private var hasExif = false
    /// How many text chunks of a PNG have been examined.
    private var textCount = 0

    init() {}

    var orientation: Orientation {
        (exif ?? (hasExif ? nil : textExif) ?? xmp).flatMap(Orientation.init(rawValue:)) ?? .upright
    }

    private mutating func addExif(_ bytes: some Collection<UInt8>) {
        exif = TIFF(bytes).orientation
        hasExif = true
    }

    /// Pillow's pattern: `tiff:Orientation`, as an attribute or an element.
    private mutating func addXMP(_ bytes: some Collection<UInt8>) {
        let text = Array(bytes)
        let name = Array("tiff:Orientation".utf8)
        var position = 0
        while xmp == nil, let found = text[position...].firstRange(of: name) {
            position = found.upperBound
            let rest = text[position...]
            let value =
                rest.starts(with: "=\"".utf8)
                ? rest.dropFirst(2) : rest.first == UInt8(ascii: ">") ? rest.dropFirst() : []
            if let digit = value.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
                xmp = Int(digit - UInt8(ascii: "0"))
            }
        }
    }
}

extension OrientationTags {
    /// From the segments before the scan.
    init(ofJPEG bytes: [UInt8]) {
        let (startOfScan, endOfImage, application1) = (UInt8(0xDA), UInt8(0xD9), UInt8(0xE1))
        let xmpName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xFF {
                position += 1
                continue
            }
            // Metadata comes before the scan.
            if marker == startOfScan || marker == endOfImage { return }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2 else { return }
            let body = bytes[(position + 4)..<max(position + 4, min(position + 2 + length, bytes.count))]
            if marker == application1 {
                if body.starts(with: TIFF.introduction) {
                    // A further EXIF segment continues the first.
                    if !hasExif { addExif(body) }
                } else if body.starts(with: xmpName) {
                    addXMP(body.dropFirst(xmpName.count))
                }
            }
            position += 2 + length
        }
    }

    /// From the chunks of RIFF, which usually follow the picture.
    init(ofWebP bytes: [UInt8]) {
        var position = 12
        while position + 8 <= bytes.count {
            let length = bytes[(position + 4)..<(position + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
            let start = position + 8
            guard length <= bytes.count - start else { return }
            let name = bytes[position..<position + 4]
            if name.elementsEqual("EXIF".utf8) { addExif(bytes[start..<start + length]) }
            if name.elementsEqual("XMP ".utf8) { addXMP(bytes[start..<start + length]) }
            position = start + length + length % 2
        }
    }

    /// A chunk of PNG: `eXIf`, or one of the two text chunks that may hold an orientation.
    mutating func addPNG(_ name: String, _ body: [UInt8]) {
        if name == "eXIf" {
            addExif(body)
            return
        }
        guard let end = body.firstIndex(of: 0) else { return }
        let rest = body[(end + 1)...]
        let keyword = String(decoding: body[..<end], as: UTF8.self)
        // Each may inflate to a MiB, so their number is limited: at most 64 MiB in all, as in Pillow.
        guard keyword == "Raw profile type exif" || keyword == "XML:com.adobe.xmp", textCount < 64 else {
            return
        }
        textCount += 1
        switch keyword {
        case "Raw profile type exif":
            textExif = Self.text(name, rest).flatMap(Self.bytesOfProfile).flatMap { TIFF($0).orientation }
        case "XML:com.adobe.xmp": if let text = Self.text(name, rest) { addXMP(text) }
        default: break
        }
    }

    /// The text of a chunk after its keyword; nil if it is malformed.
    private static func text(_ name: String, _ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        switch name {
        case "tEXt": return rest
        case "zTXt": return rest.first == 0 ? inflated(rest.dropFirst()) : nil
        default:
            // A flag and a method of compression, a language and a translated keyword.
            guard let language = rest.dropFirst(2).firstIndex(of: 0),
                let keyword = rest[(language + 1)...].firstIndex(of: 0)
            else { return nil }
            let text = rest[(keyword + 1)...]
            guard rest.first != 0 else { return text }
            return rest.dropFirst().first == 0 ? inflated(text) : nil
        }
    }

    /// At most 1 MiB, as in Pillow.
    private static func inflated(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let limit = 1 << 20
        let source = Array(bytes)
        let result = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, ci_inflate(source, source.count, buffer.baseAddress, limit))
        }
        return result.isEmpty ? nil : result[...]
    }

    /// A line break, a name and a length, a line each; then hexadecimal digits.
    private static func bytesOfProfile(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4 else { return nil }
        var digits: [UInt8] = []
        for character in lines[3] where !Character(UnicodeScalar(character)).isWhitespace {
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            digits.append(UInt8(digit))
        }
        guard digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// The one entry of EXIF's first directory that matters here.
private struct TIFF {
    static let introduction = Array("Exif\0\0".utf8)
    private let bytes: [UInt8]
    private let isLittleEndian: Bool

    init(_ data: some Collection<UInt8>) {
        bytes = Array(data.starts(with: Self.introduction) ? data.dropFirst(6) : data.dropFirst(0))
        isLittleEndian = bytes.starts(with: "II".utf8)
    }

    /// Entries of a directory are twelve bytes: tag, type, count and value. Nil if there is no such entry.
    var orientation: Int? {
        guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
            let count = number(at: directory, bytes: 2)
        else { return nil }
        for entry in 0..<count {
            let start = directory + 2 + 12 * entry
            guard let tag = number(at: start, bytes: 2) else { return nil }
            if tag == 0x0112 { return number(at: start + 8, bytes: 2) }
        }
        return nil
    }

    private func number(at start: Int, bytes length: Int) -> Int? {
        guard start >= 0, start + length <= bytes.count else { return nil }
        let digits = bytes[start..<start + length]
        return isLittleEndian
            ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
    }
}
