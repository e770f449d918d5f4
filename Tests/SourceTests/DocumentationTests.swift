// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Every public declaration says what it is for, but for cases of enums and what a protocol's requirement
/// says already.
@Suite struct DocumentationTests {
    @Test(arguments: ["TensorCore", "Vision", "Checkpoints", "VGGKit", "VGGKitReports"])
    func publicDeclarationsHaveComments(module: String) throws {
        let files = try SourceText.files(in: SourceText.sources.appending(path: module))
        let protocols = try PublicProtocols(modules: [
            "TensorCore", "Vision", "Checkpoints", "VGGKit", "VGGKitReports",
        ])
        for (path, text) in files {
            for line in PublicDeclarations(protocols).undocumented(in: text) {
                Issue.record("\(module)/\(path):\(line.number) has no comment: \(line.text)")
            }
        }
    }

    @Test func whatHasNoCommentIsFound() {
        let protocols = PublicProtocols(texts: [
            "public protocol P {\n    var p: Int { get }\n}\nprotocol Q: P {\n    func q()\n}",
            "struct A: Q {}\nstruct B {}",
        ])
        func found(_ text: String) -> [Int] {
            PublicDeclarations(protocols).undocumented(in: text).map(\.number)
        }
        #expect(
            found("public struct C {\n    /// B\n    public var b = 0\n    public let c = 0\n}") == [1, 4])
        #expect(found("/// A\n@available(*, deprecated)\npublic func a() {}") == [])
        #expect(found("@discardableResult\npublic func a() -> Int { 0 }") == [2])
        #expect(
            found("/// E\npublic enum E {\n    case b\n    public var description: String { \"\" }\n}") == [])
        #expect(found("func a() {}\npackage var b = 0\npublic extension Int {}") == [])
        // A requirement's comment is the protocol's, of types that adopt it, and of no others.
        #expect(found("extension A {\n    public var p: Int { 0 }\n    public func q() {}\n}") == [])
        #expect(found("extension B {\n    public var p: Int { 0 }\n    public func q() {}\n}") == [2, 3])
        #expect(
            found("extension B: Sendable, P {\n    public var p: Int { 0 }\n    public func q() {}\n}") == [3]
        )
    }
}

/// Which names the protocols require, and which types adopt them, read from text.
private struct PublicProtocols {
    private var requirements: [String: Set<String>] = [:]
    /// What each type or protocol names after its colon.
    private var adopted: [String: Set<String>] = [:]

    init(modules: [String]) throws {
        self.init(
            texts: try modules.flatMap {
                try SourceText.files(in: SourceText.sources.appending(path: $0)).map(\.text)
            })
    }

    init(texts: [String]) {
        for text in texts {
            for match in text.matches(
                of: /(?m)^(?:public |package )?protocol (?<name>\w+)[^{]*\{\n(?<body>(?s:.*?))^\}/)
            {
                let names = match.output.body.matches(of: /\b(?:func|var|subscript)\s+(\w+)/).map {
                    String($0.1)
                }
                requirements[String(match.output.name), default: []].formUnion(names)
            }
            for line in text.split(separator: "\n") {
                guard let header = Self.header(String(line)) else { continue }
                adopted[header.name, default: []].formUnion(header.protocols)
            }
        }
    }

    /// The type that a line begins to declare or to extend, and what it names after the colon.
    static func header(_ line: String) -> (name: String, protocols: Set<String>)? {
        guard
            let match = line.firstMatch(
                of:
                    /^\s*(?:@\w+ |public |package |private |fileprivate |final |indirect )*(?:struct|class|enum|actor|extension|protocol) (?<name>[\w.]+)(?:<[^>]*>)?(?:: (?<list>[^{]*))?/
            )
        else { return nil }
        let list =
            match.output.list?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        return (String(match.output.name.split(separator: ".").last!), Set(list))
    }

    /// Whether a protocol that a type adopts, or that its header names, requires this.
    func requires(_ member: String, of type: String, header: Set<String>) -> Bool {
        var seen: Set<String> = []
        var pending = Array(header.union([type]))
        while let next = pending.popLast() {
            guard seen.insert(next).inserted else { continue }
            if requirements[next]?.contains(member) == true { return true }
            pending += adopted[next] ?? []
        }
        return false
    }
}

/// Public declarations, read from text.
private struct PublicDeclarations {
    let protocols: PublicProtocols

    init(_ protocols: PublicProtocols) { self.protocols = protocols }

    /// Requirements of the standard library's protocols.
    private static let known: Set = [
        "description", "debugDescription", "hash", "encode", "rawValue", "errorDescription", "makeIterator",
        "next", "==", "<", "customMirror", "startIndex", "endIndex", "init(from", "init(arrayLiteral",
        "init(floatLiteral", "init(integerLiteral", "init(stringLiteral", "init(rawValue", "init(argument",
    ]

    func undocumented(in text: String) -> [(number: Int, text: String)] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var result: [(number: Int, text: String)] = []
        /// The declarations around a line, from the outermost on.
        var scopes: [(indentation: Int, name: String, protocols: Set<String>)] = []
        for (index, line) in lines.enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            guard !trimmed.isEmpty else { continue }
            let indentation = line.prefix { $0 == " " }.count
            scopes.removeAll { $0.indentation >= indentation }
            let scope = scopes.last
            if let header = PublicProtocols.header(line) {
                scopes.append((indentation, header.name, header.protocols))
            }
            guard let name = Self.name(of: trimmed), !Self.known.contains(name) else { continue }
            if let scope, protocols.requires(name, of: scope.name, header: scope.protocols) { continue }
            let above = lines[..<index].last { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("@") }
            if above?.trimmingCharacters(in: .whitespaces).hasPrefix("///") != true {
                result.append((index + 1, trimmed))
            }
        }
        return result
    }

    /// What a line declares for everybody; nil for none and for extensions.
    private static func name(of line: String) -> String? {
        let declaration =
            /^(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\b.*?\b(?<kind>func|var|let|subscript|init|typealias|struct|class|enum|protocol|actor)\b\s*`?(?<name>[A-Za-z_]\w*|[^\s\w(]*)(?<first>[?!]?\(\w+)?/
        guard !line.contains(/\b(extension|import)\b/), let match = line.firstMatch(of: declaration) else {
            return nil
        }
        guard match.output.kind == "init" else { return String(match.output.name) }
        let label = match.output.first?.drop { "?!(".contains($0) } ?? ""
        return "init(\(label)"
    }
}
