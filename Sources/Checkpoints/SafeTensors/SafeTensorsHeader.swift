// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The header of a safetensors file. Everything that can be checked without the elements has been checked, so
/// the rest of the code can trust it.
struct SafeTensorsHeader {
    struct Entry {
        let name: String
        let type: Elements
        let shape: [Int]
        /// The byte range of the elements in the file.
        let bytes: Range<Int>
    }

    enum Elements {
        case stored(StoredType)
        case foreign(ForeignType)

        init?(_ name: String) {
            if let type = StoredType(rawValue: name) {
                self = .stored(type)
            } else if let type = ForeignType(safeTensors: name) {
                self = .foreign(type)
            } else {
                return nil
            }
        }

        var bitCount: Int {
            switch self {
            case .stored(let type): 8 * type.byteCount
            case .foreign(let type): type.bitCount
            }
        }

        var name: String {
            switch self {
            case .stored(let type): type.rawValue
            case .foreign(let type): type.name
            }
        }
    }

    static let metadataKey = "__metadata__"
    /// The format's own bound.
    private static let maximumLength = 100_000_000

    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    private let url: URL

    init(_ data: ByteSlice, _ url: URL) throws(CheckpointError) {
        self.url = url
        guard data.count >= 8 else {
            throw .malformed(
                url, offset: 0, found: "a file of \(data.count) bytes", expected: "at least 8 bytes")
        }
        let length: UInt64 = data.integer(at: 0)
        let longest = min(data.count - 8, Self.maximumLength)
        guard length <= UInt64(longest) else {
            throw .malformed(
                url, offset: 0, found: "a header length of \(length)",
                expected: "at most \(longest), in a file of \(data.count) bytes")
        }
        let dataStart = 8 + Int(length)
        var reader = HeaderJSON(data[8..<dataStart].array, url, fileOffset: 8)
        for (name, value) in try reader.topLevelObject() {
            if name == Self.metadataKey {
                metadata = try Self.metadata(value, url)
            } else {
                entries.append(try entry(name, value, dataStart: dataStart, dataEnd: data.count))
            }
        }
        try requireGapless(from: dataStart, to: data.count)
    }

    private static func metadata(_ value: HeaderJSON.Value, _ url: URL) throws(CheckpointError) -> [String:
        String]
    {
        // Writers without metadata say so in this way too.
        if case .null = value { return [:] }
        guard case .object(let members) = value else {
            throw .invalid(url, "\(metadataKey) is \(value.kind), expected an object of strings")
        }
        var texts: [String: String] = [:]
        for (key, value) in members {
            guard case .string(let text) = value else {
                throw .invalid(url, "\(metadataKey).\(key) is \(value.kind), expected a string")
            }
            texts[key] = text
        }
        return texts
    }

    private func entry(
        _ name: String, _ value: HeaderJSON.Value, dataStart: Int, dataEnd: Int
    ) throws(CheckpointError) -> Entry {
        func wrong(_ found: String, _ expected: String) -> CheckpointError {
            .tensor(url, name: name, found: found, expected: expected)
        }
        guard case .object(let members) = value else { throw wrong(value.kind, "an object") }
        var (type, shape, offsets): (Elements?, [Int]?, [Int]?)
        for (key, value) in members {
            switch (key, value) {
            case ("dtype", .string(let text)):
                type = Elements(text)
                if type == nil { throw wrong("the dtype \(text)", "one of \(StoredType.names)") }
            case ("shape", .array(let numbers)): shape = numbers
            case ("data_offsets", .array(let numbers)): offsets = numbers
            case ("dtype", _), ("shape", _), ("data_offsets", _):
                throw wrong("\(value.kind) as \(key)", key == "dtype" ? "a string" : "an array of integers")
            default: throw wrong("an entry \(key)", "dtype, shape and data_offsets")
            }
        }
        guard let type, let shape, let offsets else {
            let missing = type == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
            throw wrong("no \(missing)", "dtype, shape and data_offsets")
        }
        // The other lengths are checked even if one is 0, because strides are their products.
        var (bitCount, overflow) = (type.bitCount, false)
        for length in shape where length > 0 && !overflow {
            (bitCount, overflow) = bitCount.multipliedReportingOverflow(by: length)
        }
        guard !overflow else { throw wrong("the shape \(shape)", "one whose size fits 63 bits") }
        if shape.contains(0) { bitCount = 0 }
        guard bitCount % 8 == 0 else {
            throw wrong("the shape \(shape) of \(type.name)", "one that takes whole bytes")
        }
        let byteCount = bitCount / 8
        let available = dataEnd - dataStart
        guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= available else {
            throw wrong(
                "data_offsets \(offsets)",
                "two ascending ones in the \(available) bytes of data that the file has")
        }
        guard offsets[1] - offsets[0] == byteCount else {
            throw wrong(
                "\(offsets[1] - offsets[0]) bytes at data_offsets \(offsets)",
                "\(byteCount) for the shape \(shape) of \(type.name)")
        }
        return Entry(
            name: name, type: type, shape: shape, bytes: dataStart + offsets[0]..<dataStart + offsets[1])
    }

    /// The tensors must fill the data without overlaps and holes.
    private func requireGapless(from start: Int, to end: Int) throws(CheckpointError) {
        var filled = start
        let sorted = entries.sorted {
            ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
        }
        for entry in sorted {
            guard entry.bytes.lowerBound == filled else {
                throw .tensor(
                    url, name: entry.name, found: "its elements at byte \(entry.bytes.lowerBound)",
                    expected: "\(filled), where the tensor before ends")
            }
            filled = entry.bytes.upperBound
        }
        guard filled == end else {
            throw .malformed(
                url, offset: filled, found: "\(end - filled) bytes that belong to no tensor",
                expected: "the end of the file")
        }
    }
}
