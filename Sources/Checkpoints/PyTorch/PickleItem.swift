// SPDX-License-Identifier: Apache-2.0

import Files

/// A value on the stack of the pickle machine. What has parts, or is large, is a place in the machine's arenas: so values
/// can refer to each other in any way without owning each other.
enum PickleItem: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case largeInt(LargeInteger)
    case float(Double)
    case text(String)
    case bytes(Int)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    case global(PickleGlobal)
    /// A type of elements, as `torch.float32`, or the storage class for it; nil for bytes without a type.
    case elementType(StoredType?)
    /// A type of elements that is not read.
    case foreignType(ForeignType)
    /// NumPy's description of a type, as `f8`.
    case numPyType(String)
    /// What is well formed and not read, in words: `it is a sparse tensor`.
    case unsupported(String)

    var kind: String {
        switch self {
        case .none: "None"
        case .bool(let value): value ? "True" : "False"
        case .int(let value): "the integer \(value)"
        case .largeInt(let value): "the integer \(value)"
        case .float(let value): "the number \(value)"
        case .text(let text): "the text \"\(text.prefix(40))\""
        case .bytes: "bytes"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .global(let global): global.rawValue
        case .elementType(let type): "the element type \(type?.rawValue ?? "untyped")"
        case .foreignType(let type): "the element type \(type.name)"
        case .numPyType(let type): "NumPy's type \(type)"
        case .unsupported: "a tensor of a kind that is not read"
        }
    }
}

/// A dictionary that keeps the order of its keys. A key that is set again keeps its place.
struct PickleDictionary: Sendable {
    private(set) var entries: [(key: CheckpointKey, value: PickleItem)] = []
    private var places: [CheckpointKey: Int] = [:]

    mutating func set(_ key: CheckpointKey, _ value: PickleItem) {
        if let place = places[key] {
            entries[place].value = value
        } else {
            places[key] = entries.count
            entries.append((key, value))
        }
    }
}

/// The elements that a pickle says are somewhere else in the file.
struct PickledStorage: Sendable {
    /// The name of the place.
    let key: String
    /// Nil for bytes without a type, and for a type that is not read.
    let type: StoredType?
    var foreign: ForeignType?
    /// In elements, or bytes: how many lie there, and which of them are meant.
    let wholeCount: Int
    let range: Range<Int>

    private var width: Int { type?.byteCount ?? foreign?.byteCount ?? 1 }
    var wholeByteCount: Int { wholeCount * width }
    var byteRange: Range<Int> { range.lowerBound * width..<range.upperBound * width }
}

/// A tensor whose storage is still to be found.
struct PickledTensor: Sendable {
    let storage: Int
    let type: StoredType
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    /// Whether the elements mean the negative of what is stored.
    let isNegated: Bool
}
