// SPDX-License-Identifier: Apache-2.0

/// A pattern for names, in which `*` stands for any run of characters.
public struct NamePattern: Sendable {
    private let pieces: [Substring]

    public init(_ pattern: String) {
        pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    }

    public func matches(_ name: String) -> Bool { captures(name) != nil }

    /// What each `*` stands for in a name; nil if the name does not match. Each but the last is as short as it can be.
    func captures(_ name: String) -> [Substring]? {
        guard pieces.count > 1 else { return name == pieces[0] ? [] : nil }
        guard name.hasPrefix(pieces[0]) else { return nil }
        var rest = name.dropFirst(pieces[0].count)
        var found: [Substring] = []
        for piece in pieces.dropFirst().dropLast() {
            guard let range = piece.isEmpty ? rest.startIndex..<rest.startIndex : rest.firstRange(of: piece)
            else { return nil }
            found.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        guard rest.hasSuffix(pieces.last!) else { return nil }
        return found + [rest.dropLast(pieces.last!.count)]
    }

    /// How often `*` occurs.
    var wildcardCount: Int { pieces.count - 1 }

    /// The pattern with texts in the places of its `*`.
    func filled(with texts: [Substring]) -> String {
        zip(pieces, texts.map(String.init) + [""]).reduce("") { $0 + $1.0 + $1.1 }
    }
}
