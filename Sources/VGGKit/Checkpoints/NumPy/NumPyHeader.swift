// SPDX-License-Identifier: Apache-2.0

import Files

/// The description at the beginning of a `.npy` file: a Python dictionary in text,
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
    let type: NumPyType
    let isFortranOrder: Bool
    let shape: [Int]

    private enum Value {
        case text(String)
        case flag(Bool)
        case numbers([Int])
    }

    init(_ text: ByteSlice, _ part: FilePart, start: Int) throws(CheckpointError) {
        var reader = Reader(bytes: text.array, part: part, start: start)
        var values: [String: Value] = [:]
        try reader.take("{")
        while !reader.takes("}") {
            let key = try reader.quoted()
            try reader.take(":")
            guard values.updateValue(try reader.value(), forKey: key) == nil else {
                throw reader.unexpected("each key once")
            }
            if !reader.takes(",") {
                try reader.take("}")
                break
            }
        }
        reader.skipSpace()
        guard reader.position == text.count else { throw reader.unexpected("the end of the header") }
        guard values.count == 3, case .text(let name)? = values["descr"],
            case .flag(let isFortranOrder)? = values["fortran_order"],
            case .numbers(let shape)? = values["shape"]
        else {
            throw part.invalid(
                "its header has \(values.keys.sorted()), expected descr, fortran_order and shape")
        }
        guard let type = NumPyType(name) else {
            throw part.invalid(
                name.contains("O")
                    ? "its elements are Python objects (dtype \(name)), which only Python can read"
                    : "its elements have the dtype \(name.prefix(40)), expected one of \(NumPyType.names)")
        }
        self.type = type
        self.isFortranOrder = isFortranOrder
        self.shape = shape
    }

    private struct Reader {
        let bytes: [UInt8]
        let part: FilePart
        let start: Int
        var position = 0

        mutating func skipSpace() {
            while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
        }

        mutating func takes(_ text: String) -> Bool {
            skipSpace()
            guard bytes[position...].starts(with: text.utf8) else { return false }
            position += text.utf8.count
            return true
        }

        mutating func take(_ text: String) throws(CheckpointError) {
            guard takes(text) else { throw unexpected(text) }
        }

        mutating func quoted() throws(CheckpointError) -> String {
            let quote = takes("'") ? "'" : "\""
            if quote == "\"" { try take("\"") }
            let end = bytes[position...].firstIndex(of: quote.utf8.first!)
            guard let end, end - position <= 64,
                let text = String(validating: bytes[position..<end], as: UTF8.self)
            else { throw unexpected("a short text in quotes") }
            position = end + 1
            return text
        }

        mutating func value() throws(CheckpointError) -> Value {
            if takes("True") { return .flag(true) }
            if takes("False") { return .flag(false) }
            guard takes("(") else {
                guard !takes("[") else { throw unexpected("one element type, not a record of several") }
                return .text(try quoted())
            }
            var numbers: [Int] = []
            while !takes(")") {
                guard numbers.count < StoredArray.maximumRank else { throw unexpected("at most 64 axes") }
                numbers.append(try integer())
                if !takes(",") {
                    try take(")")
                    break
                }
            }
            return .numbers(numbers)
        }

        private mutating func integer() throws(CheckpointError) -> Int {
            skipSpace()
            let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
            guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
                throw unexpected("an integer of 63 bits")
            }
            position = digits.endIndex
            // Python 2 marked long integers.
            if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
            return number
        }

        func unexpected(_ expected: String) -> CheckpointError {
            let rest = String(decoding: bytes[min(position, bytes.count)...].prefix(12), as: UTF8.self)
            return part.malformed(
                start + position, found: rest.isEmpty ? "the end of the header" : "\"\(rest)\"",
                expected: expected)
        }
    }
}
