// SPDX-License-Identifier: Apache-2.0

/// A key of a dictionary in a checkpoint: nearly always a name or a number, but any key of Python is
/// possible.
public indirect enum CheckpointKey: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral
{
    case name(String)
    case index(Int)
    case largeIndex(LargeInteger)
    case float(Double)
    case none
    case bytes([UInt8])
    case tuple([CheckpointKey])

    public init(stringLiteral value: String) { self = .name(value) }
    public init(integerLiteral value: Int) { self = .index(value) }

    /// As the key stands in a path: `features.0.weight`, `0.5`, `None`, `(0, 1)`.
    public var description: String {
        switch self {
        case .name(let name): name
        case .index(let index): "\(index)"
        case .largeIndex(let index): "\(index)"
        case .float(let value): "\(value)"
        case .none: "None"
        case .bytes(let bytes):
            "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .tuple(let keys):
            "(\(keys.map(\.description).joined(separator: ", "))\(keys.count == 1 ? "," : ""))"
        }
    }
}
