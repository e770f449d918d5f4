// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

extension PickleMachine {
    /// Instructions that put a constant onto the stack.
    /// - Returns: whether it was one of them.
    mutating func pushConstant(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case UInt8(ascii: "I"): try push(try integerLine())
        case UInt8(ascii: "L"): try push(try longLine())
        case UInt8(ascii: "J"): try push(.int(Int(try integer(Int32.self, "an integer"))))
        case UInt8(ascii: "K"): try push(.int(Int(try integer(UInt8.self, "an integer"))))
        case UInt8(ascii: "M"): try push(.int(Int(try integer(UInt16.self, "an integer"))))
        case 0x8A: try push(try long(Int(try integer(UInt8.self, "a length"))))
        case 0x8B: try push(try long(Int(try integer(Int32.self, "a length"))))
        case UInt8(ascii: "F"): try push(.float(try floatLine()))
        case UInt8(ascii: "G"):
            let bits = try integer(UInt64.self, "a number").byteSwapped
            try push(.float(Double(bitPattern: bits)))
        case UInt8(ascii: "S"): try push(.text(try quotedLine()))
        case UInt8(ascii: "V"): try push(.text(try escapedLine()))
        // A string of Python 2 becomes a text if it is valid UTF-8.
        case UInt8(ascii: "T"): try pushString(Int(try integer(Int32.self, "a length")))
        case UInt8(ascii: "U"): try pushString(Int(try integer(UInt8.self, "a length")))
        case UInt8(ascii: "X"): try push(.text(try text(Int(try integer(UInt32.self, "a length")))))
        case 0x8C: try push(.text(try text(Int(try integer(UInt8.self, "a length")))))
        case 0x8D: try push(.text(try text(try longLength())))
        case UInt8(ascii: "B"): try pushBytes(Int(try integer(UInt32.self, "a length")))
        case UInt8(ascii: "C"): try pushBytes(Int(try integer(UInt8.self, "a length")))
        case 0x8E, 0x96: try pushBytes(try longLength())
        default: return false
        }
        return true
    }

    private mutating func longLength() throws(CheckpointError) -> Int {
        let length = try integer(UInt64.self, "a length")
        guard length <= UInt64(Int.max) else { throw wrong("a length of \(length)", "one within the file") }
        return Int(length)
    }

    private mutating func pushBytes(_ count: Int) throws(CheckpointError) {
        try push(makeBytes(try take(count, "bytes").array))
    }

    private mutating func text(_ count: Int) throws(CheckpointError) -> String {
        guard let text = try take(count, "a text").text else {
            throw wrong("bytes that are not UTF-8", "a text")
        }
        return text
    }

    private mutating func pushString(_ count: Int) throws(CheckpointError) {
        let bytes = try take(count, "a string")
        try push(bytes.text.map { .text($0) } ?? makeBytes(bytes.array))
    }

    /// A signed integer of any length.
    private mutating func long(_ count: Int) throws(CheckpointError) -> PickleItem {
        let bytes = try take(count, "an integer")
        guard count <= LargeInteger.longest else {
            throw wrong("an integer of \(count) bytes", "one of at most \(LargeInteger.longest)")
        }
        guard count > 0 else { return .int(0) }
        let number = LargeInteger(littleEndian: bytes.array)
        guard number.bytes.count <= 8 else { return .largeInt(number) }
        let fill: UInt64 = bytes[count - 1] >= 0x80 ? .max : 0
        let bits = number.bytes.reversed().reduce(fill) { $0 << 8 | UInt64($1) }
        return .int(Int(Int64(bitPattern: bits)))
    }

    private mutating func integerLine() throws(CheckpointError) -> PickleItem {
        let text = try lineText()
        // Protocol 1 had no Booleans of their own.
        if text == "00" || text == "01" { return .bool(text == "01") }
        return try integer(text)
    }

    private mutating func longLine() throws(CheckpointError) -> PickleItem {
        let text = try lineText()
        return try integer(text.hasSuffix("L") ? String(text.dropLast()) : text)
    }

    private func integer(_ text: String) throws(CheckpointError) -> PickleItem {
        if let number = Int(text) { return .int(number) }
        guard let number = LargeInteger(decimal: text) else {
            throw wrong("\"\(text.prefix(40))\"", "an integer")
        }
        return .largeInt(number)
    }

    private mutating func floatLine() throws(CheckpointError) -> Double {
        let text = try lineText()
        guard let number = Double(text) else { throw wrong("\"\(text.prefix(40))\"", "a number") }
        return number
    }

    /// A text as Python prints it, within quotes.
    private mutating func quotedLine() throws(CheckpointError) -> String {
        let text = try lineText()
        guard text.utf8.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote,
            !text.contains("\\")
        else { throw wrong("\(text.prefix(40))", "a text in quotes without escapes") }
        return String(text.dropFirst().dropLast())
    }

    /// A text in which `\uXXXX` stands for a character.
    private mutating func escapedLine() throws(CheckpointError) -> String {
        let text = try lineText()
        guard text.contains("\\") else { return text }
        var (result, rest) = (String.UnicodeScalarView(), text.unicodeScalars[...])
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                result.append(scalar)
                continue
            }
            let kind = rest.popFirst()
            let length = kind == "u" ? 4 : 8
            guard kind == "u" || kind == "U", rest.count >= length,
                let code = UInt32(String(String.UnicodeScalarView(rest.prefix(length))), radix: 16),
                let escaped = Unicode.Scalar(code)
            else { throw wrong("a broken escape", "\\u and four hexadecimal digits") }
            result.append(escaped)
            rest = rest.dropFirst(length)
        }
        return String(result)
    }
}
