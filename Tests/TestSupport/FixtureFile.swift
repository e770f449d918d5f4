// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Numbers that PyTorch computed, from a safetensors file in Tests/Fixtures.
///
/// It has its own reader, so that a mistake in the library's reader cannot hide one elsewhere.
public struct FixtureFile: Sendable {
    public static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    public let name: String
    private let entries: [String: Entry]
    private let data: Data

    /// The file `Tests/Fixtures/<name>.safetensors`.
    public init(_ name: String) throws {
        self.name = name
        let bytes = try Data(contentsOf: Self.folder.appending(path: "\(name).safetensors"))
        let headerLength = Int(Self.word(bytes.prefix(8)))
        entries = try JSONDecoder().decode([String: Entry].self, from: bytes[8..<8 + headerLength])
        data = bytes[(8 + headerLength)...]
    }

    public var keys: [String] { entries.keys.sorted() }

    public func shape(_ key: String) -> [Int]? { entries[key]?.shape }

    /// The elements of a float32 or float64 tensor, or nil if there is none of that name.
    public func values(_ key: String) -> [Double]? {
        guard let entry = entries[key] else { return nil }
        let bytes = data[
            (data.startIndex + entry.offsets[0])..<(data.startIndex + entry.offsets[1])]
        switch entry.dtype {
        case "F32": return Self.words(bytes, of: 4).map { Double(Float(bitPattern: UInt32($0))) }
        case "F64": return Self.words(bytes, of: 8).map { Double(bitPattern: $0) }
        default: preconditionFailure("\(name): \(key) has the type \(entry.dtype), not F32 or F64")
        }
    }

    private static func words(_ bytes: Data, of size: Int) -> [UInt64] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { word(bytes[$0..<$0 + size]) }
    }

    private static func word(_ bytes: Data) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    public func floats(_ key: String) -> [Float]? { values(key)?.map { Float($0) } }

    /// The table `Tests/Fixtures/<name>.json`.
    public static func table<Row: Decodable>(_ name: String, of type: Row.Type = Row.self) throws -> [Row] {
        let url = folder.appending(path: "\(name).json")
        return try JSONDecoder().decode([Row].self, from: Data(contentsOf: url))
    }
}
