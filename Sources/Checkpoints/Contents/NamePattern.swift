// SPDX-License-Identifier: Apache-2.0

/// A pattern for names, in which `*` stands for any run of characters.
public struct NamePattern: Sendable {
    private let pieces: [Substring]

    /// A pattern such as `features.*.weight`. Without `*` it matches only the same name.
    public init(_ pattern: String) {
        pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    }

    /// Whether the pattern matches the whole name, not just a part of it. Case counts.
    public func matches(_ name: String) -> Bool { captures(name) != nil }

    /// The text that each `*` matches in a name; nil if the name does not match. Each but the last match is
    /// as short as possible.
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

    /// The pattern with each `*` replaced by a text.
    func filled(with texts: [Substring]) -> String {
        zip(pieces, texts.map(String.init) + [""]).reduce("") { $0 + $1.0 + $1.1 }
    }
}
