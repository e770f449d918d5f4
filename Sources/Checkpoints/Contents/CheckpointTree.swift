// SPDX-License-Identifier: Apache-2.0

/// The contents of a `.pth` file: nested dictionaries and lists, with tensors and plain values as leaves.
///
/// ```swift
/// let value = try CheckpointValue(contentsOf: url)
/// let momentum = value["optimizer"]?["state"]?[0]?["momentum_buffer"]?.tensor
/// ```
public indirect enum CheckpointTree<Leaf: Sendable>: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case largeInt(LargeInteger)
    case float(Double)
    case text(String)
    case bytes([UInt8])
    case list([CheckpointTree])
    case tuple([CheckpointTree])
    case dictionary([(key: CheckpointKey, value: CheckpointTree)])
    case tensor(Leaf)
    /// A value that is well formed but not supported; the text says why: `it is a sparse tensor`.
    case unsupported(String)
}

/// A checkpoint's contents, with its tensors as `Tensor` values.
public typealias CheckpointValue = CheckpointTree<Tensor>

extension CheckpointTree {
    /// The value under a key of a dictionary, or at an index of a list or tuple; nil where there is none.
    public subscript(key: CheckpointKey) -> CheckpointTree? {
        switch (self, key) {
        case (.dictionary(let members), _): members.first { $0.key == key }?.value
        case (.list(let items), .index(let index)), (.tuple(let items), .index(let index)):
            items.indices.contains(index) ? items[index] : nil
        default: nil
        }
    }

    /// The tensor; nil for any other value.
    public var tensor: Leaf? { if case .tensor(let leaf) = self { leaf } else { nil } }
    /// The whole number; nil for any other value, also for one that does not fit an `Int` (`.largeInt`).
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    /// The Boolean; nil for any other value.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The string; nil for any other value.
    public var text: String? { if case .text(let value) = self { value } else { nil } }

    /// A number of any kind.
    public var float: Double? {
        switch self {
        case .float(let value): value
        case .int(let value): Double(value)
        case .largeInt(let value): value.double
        default: nil
        }
    }

    /// The items of a list or tuple.
    public var items: [CheckpointTree]? {
        switch self {
        case .list(let items), .tuple(let items): items
        default: nil
        }
    }

    /// The keys and values of a dictionary, in the order in which they were saved; nil for any other value.
    public var members: [(key: CheckpointKey, value: CheckpointTree)]? {
        if case .dictionary(let members) = self { members } else { nil }
    }

    package var isNone: Bool { if case .none = self { true } else { false } }

    /// The same tree with each leaf replaced.
    func mapLeaves<Other, E: Error>(
        path: String = "", _ transform: (_ path: String, Leaf) throws(E) -> CheckpointTree<Other>
    ) throws(E) -> CheckpointTree<Other> {
        func each(_ items: [CheckpointTree]) throws(E) -> [CheckpointTree<Other>] {
            var result: [CheckpointTree<Other>] = []
            for (index, item) in items.enumerated() {
                result.append(try item.mapLeaves(path: Self.joined(path, "\(index)"), transform))
            }
            return result
        }
        switch self {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .largeInt(let value): return .largeInt(value)
        case .float(let value): return .float(value)
        case .text(let value): return .text(value)
        case .bytes(let value): return .bytes(value)
        case .list(let items): return .list(try each(items))
        case .tuple(let items): return .tuple(try each(items))
        case .dictionary(let members):
            var result: [(key: CheckpointKey, value: CheckpointTree<Other>)] = []
            for (key, value) in members {
                result.append(
                    (key, try value.mapLeaves(path: Self.joined(path, key.description), transform)))
            }
            return .dictionary(result)
        case .tensor(let leaf): return try transform(path, leaf)
        case .unsupported(let reason): return .unsupported(reason)
        }
    }

    private static func joined(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }

    /// The leaves of a tree, with their paths.
    struct Flattened {
        /// As `state_dict.features.0.weight`.
        var tensors: [(name: String, tensor: Leaf)] = []
        var unsupported: [UnsupportedEntry] = []
        /// Plain values as texts.
        var values: [(name: String, text: String)] = []
    }

    var flattened: Flattened {
        var found = Flattened()
        func visit(_ tree: CheckpointTree, _ path: String) {
            switch tree {
            case .none: found.values.append((path, "None"))
            case .bool(let value): found.values.append((path, value ? "True" : "False"))
            case .largeInt(let value): found.values.append((path, "\(value)"))
            case .int(let value): found.values.append((path, "\(value)"))
            case .float(let value): found.values.append((path, "\(value)"))
            case .text(let value): found.values.append((path, value))
            case .bytes(let value): found.values.append((path, "\(value.count) bytes"))
            case .list(let items), .tuple(let items):
                for (index, item) in items.enumerated() { visit(item, Self.joined(path, "\(index)")) }
            case .dictionary(let members):
                for (key, value) in members { visit(value, Self.joined(path, key.description)) }
            case .tensor(let leaf): found.tensors.append((path, leaf))
            case .unsupported(let reason):
                found.unsupported.append(UnsupportedEntry(name: path, reason: reason))
            }
        }
        visit(self, "")
        return found
    }
}
