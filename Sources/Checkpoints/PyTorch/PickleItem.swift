// SPDX-License-Identifier: Apache-2.0

import Files

/// A value on the stack of the pickle machine. Values with parts, and large ones, are indices into the
/// machine's arenas. So values can refer to each other in any way without owning each other.
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
    /// An element type that is not supported.
    case foreignType(ForeignType)
    /// NumPy's description of a type, as `f8`.
    case numPyType(String)
    /// A value that is well formed but not supported; the text says why: `it is a sparse tensor`.
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

/// A dictionary that keeps the order of its keys. A key that is set again keeps its position.
struct PickleDictionary: Sendable {
    private(set) var entries: [(key: CheckpointKey, value: PickleItem)] = []
    private var indices: [CheckpointKey: Int] = [:]

    mutating func set(_ key: CheckpointKey, _ value: PickleItem) {
        if let index = indices[key] {
            entries[index].value = value
        } else {
            indices[key] = entries.count
            entries.append((key, value))
        }
    }
}

/// Elements that a pickle refers to: they are elsewhere in the file.
struct PickledStorage: Sendable {
    /// The storage's name in the file.
    let key: String
    /// Nil for bytes without a type, and for a type that is not supported.
    let type: StoredType?
    var foreign: ForeignType?
    /// The storage's size, and the range of it that is used; in elements, or bytes if it has no type.
    let wholeCount: Int
    let range: Range<Int>

    private var width: Int { type?.byteCount ?? foreign?.byteCount ?? 1 }
    var wholeByteCount: Int { wholeCount * width }
    var byteRange: Range<Int> { range.lowerBound * width..<range.upperBound * width }
}

/// A tensor whose storage has not been located yet.
struct PickledTensor: Sendable {
    let storage: Int
    let type: StoredType
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    /// Whether the elements are the negated stored values.
    let isNegated: Bool
}
