// SPDX-License-Identifier: Apache-2.0

import Files

/// The description at the beginning of a `.npy` file: a Python dictionary in text,
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NumPyHeader {
    /// Nil for a type that NumPy has and tensors do not.
    let type: NumPyType?
    let typeName: String
    let isRecord: Bool
    let isFortranOrder: Bool
    let shape: [Int]

    private enum Value {
        case text(String)
        /// The fields of a record, as text.
        case record(String)
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
        guard values.count == 3, let description = values["descr"],
            case .flag(let isFortranOrder)? = values["fortran_order"],
            case .numbers(let shape)? = values["shape"]
        else {
            throw part.invalid(
                "its header has \(values.keys.sorted()), expected descr, fortran_order and shape")
        }
        switch description {
        case .text(let name):
            (type, typeName, isRecord) = (NumPyType(name), name, false)
        case .record(let fields):
            (type, typeName, isRecord) = (nil, fields, true)
        default: throw part.invalid("its descr is neither the name of a type nor the fields of a record")
        }
        guard type != nil || isRecord || NumPyType.isForeign(typeName) else {
            throw part.invalid(
                "its elements have the dtype \(typeName.prefix(40)), expected one of \(NumPyType.names)")
        }
        self.isFortranOrder = isFortranOrder
        self.shape = shape
    }

    /// Why elements of a foreign type are not read.
    var reason: String {
        let name = typeName.prefix(80)
        if isRecord { return "its elements are records of several fields, \(name)" }
        if typeName.contains("O") {
            return "its elements are Python objects (dtype \(name)), which only Python can read"
        }
        let isText = typeName.contains { "USaT".contains($0) }
        return "its elements are \(isText ? "texts" : "of another kind") (dtype \(name))"
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
            skipSpace()
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "[") || bytes[position] == UInt8(ascii: "{")
            {
                return .record(try nested())
            }
            guard takes("(") else { return .text(try quoted()) }
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

        /// A list or dictionary with its contents, as text: the fields of a record.
        private mutating func nested() throws(CheckpointError) -> String {
            let start = position
            var (depth, quote): (Int, UInt8?) = (0, nil)
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if let open = quote {
                    if byte == open { quote = nil }
                    continue
                }
                switch byte {
                case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
                case UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"): depth -= 1
                default: break
                }
                if depth == 0 { return String(decoding: bytes[start..<position], as: UTF8.self) }
            }
            throw unexpected("the end of a record's fields")
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
