// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads the JSON that a safetensors header may hold. Unlike Foundation's reader it keeps the order of the
/// members and refuses names that occur twice; it does not support what the format has no use for (fractions,
/// deep nesting).
struct HeaderJSON {
    enum Value {
        case string(String)
        case array([Int])
        case object([(name: String, value: Value)])
        case null

        var kind: String {
            switch self {
            case .string(let text): "the string \"\(text.prefix(40))\""
            case .array(let numbers): "the array \(numbers.prefix(8))"
            case .object: "an object"
            case .null: "null"
            }
        }
    }

    private let bytes: [UInt8]
    private let url: URL
    /// The offset of the first byte in the file.
    private let fileOffset: Int
    private var position = 0

    init(_ bytes: [UInt8], _ url: URL, fileOffset: Int) {
        self.bytes = bytes
        self.url = url
        self.fileOffset = fileOffset
    }

    /// The object that is the whole text.
    mutating func topLevelObject() throws(CheckpointError) -> [(name: String, value: Value)] {
        guard bytes.first == UInt8(ascii: "{") else { throw unexpected("{") }
        let members = try object(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw unexpected("the end of the header") }
        return members
    }

    private mutating func value(depth: Int) throws(CheckpointError) -> Value {
        skipSpace()
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "{") where depth < 2: return .object(try object(depth: depth))
        case UInt8(ascii: "n") where bytes[position...].starts(with: "null".utf8):
            position += 4
            return .null
        default: throw unexpected("a string, an array of integers or an object")
        }
    }

    private mutating func object(depth: Int) throws(CheckpointError) -> [(name: String, value: Value)] {
        try take("{")
        var members: [(name: String, value: Value)] = []
        var names: Set<String> = []
        if takes("}") { return members }
        repeat {
            skipSpace()
            let start = position
            let name = try string()
            guard names.insert(name).inserted else {
                throw .malformed(
                    url, offset: fileOffset + start, found: "the name \"\(name)\" a second time",
                    expected: "each name once")
            }
            try take(":")
            members.append((name, try value(depth: depth + 1)))
        } while takes(",")
        try take("}")
        return members
    }

    private mutating func array() throws(CheckpointError) -> [Int] {
        try take("[")
        var numbers: [Int] = []
        if takes("]") { return numbers }
        repeat { numbers.append(try integer()) } while takes(",")
        try take("]")
        return numbers
    }

    /// An integer from 0 to `Int.max`.
    private mutating func integer() throws(CheckpointError) -> Int {
        skipSpace()
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Int(digits), digits == "0" || digits.first != "0" else {
            position = start
            throw unexpected("an integer from 0 to \(Int.max)")
        }
        return number
    }

    private mutating func string() throws(CheckpointError) -> String {
        try take("\"")
        var text: [UInt8] = []
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20 else { throw unexpected("a character of a string") }
            if bytes[position] == UInt8(ascii: "\\") {
                text += try escaped()
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        try take("\"")
        guard let result = String(validating: text, as: UTF8.self) else {
            throw .malformed(
                url, offset: fileOffset + start, found: "bytes that are not UTF-8", expected: "a string")
        }
        return result
    }

    private mutating func escaped() throws(CheckpointError) -> [UInt8] {
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
        ]
        position += 1
        guard position < bytes.count else { throw unexpected("an escaped character") }
        if let byte = plain[bytes[position]] {
            position += 1
            return [byte]
        }
        var code = try codeUnit()
        if (0xD800..<0xDC00).contains(code), position < bytes.count, bytes[position] == UInt8(ascii: "\\") {
            position += 1
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low) else {
                throw unexpected("the second half of a surrogate pair")
            }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw unexpected("a whole surrogate pair") }
        return Array(String(scalar).utf8)
    }

    /// The number in `uXXXX`.
    private mutating func codeUnit() throws(CheckpointError) -> UInt32 {
        let digits = bytes.dropFirst(position + 1).prefix(4)
        guard position < bytes.count, bytes[position] == UInt8(ascii: "u"), digits.count == 4,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw unexpected("an escaped character") }
        position += 5
        return code
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    /// Skips a character, if it comes next.
    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) throws(CheckpointError) {
        guard takes(character) else { throw unexpected("\(character)") }
    }

    private func unexpected(_ expected: String) -> CheckpointError {
        let found =
            position < bytes.count
            ? "\"\(String(decoding: bytes[position...].prefix(12), as: UTF8.self))\""
            : "the end of the header"
        return .malformed(url, offset: fileOffset + position, found: found, expected: expected)
    }
}
