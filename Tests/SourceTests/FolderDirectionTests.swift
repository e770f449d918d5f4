// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Within a module, folders depend on each other in one direction (Docs/Architecture.md).
@Suite struct FolderDirectionTests {
    private static let modules =
        (try? FileManager.default.contentsOfDirectory(atPath: SourceText.sources.path)) ?? []

    @Test(arguments: modules.sorted()) func foldersNameEachOtherInOneDirection(module: String) throws {
        let source = try ModuleSource(SourceText.sources.appending(path: module))
        let circle = source.circle
        #expect(circle.isEmpty, "\(module): \(circle.joined(separator: "; "))")
    }

    /// The test sees a circle where there is one, and none in comments, texts, members and declarations.
    @Test func aCircleIsSeen() {
        let a =
            "/// Uses Upper.\npublic struct Lower {\n    var text = \"Upper\"\n    func make() {}\n}\nfunc helper() {}"
        let b = "struct Upper {\n    let lower: Lower\n}\n"
        func source(_ lower: String) -> ModuleSource {
            ModuleSource(files: [("Low/A.swift", lower), ("High/B.swift", b + "func make() { helper() }\n")])
        }
        #expect(source(a).circle.isEmpty)
        #expect(source(a + "\nlet upper: Upper? = nil\n").circle.count == 2)
        #expect(source(a + "\nlet text = \"\\(Upper.self)\"\n").circle.count == 2)
        #expect(source(a + "\nlet made = make()\n").circle.count == 2)
    }
}

/// Which folder of a module names what another one declares, read from text.
private struct ModuleSource {
    private var files: [(folder: String, path: String, code: String)] = []

    init(files: [(path: String, text: String)]) {
        self.files = files.map { path, text in
            let parts = path.split(separator: "/")
            return (parts.count > 1 ? String(parts[0]) : ".", path, SourceText.code(of: text))
        }
    }

    init(_ module: URL) throws {
        self.init(files: try SourceText.files(in: module))
    }

    /// The names that folders of a circle take from each other; empty if there is no circle.
    var circle: [String] {
        let edges = uses
        for folder in edges.keys.sorted() {
            let reached = Self.reachable(from: folder, edges)
            for other in reached.sorted() where Self.reachable(from: other, edges).contains(folder) {
                return [(folder, other), (other, folder)].compactMap { from, to in
                    edges[from]?[to].map {
                        "\(from) names \($0.sorted().prefix(4).joined(separator: ", ")) of \(to)"
                    }
                }
            }
        }
        return []
    }

    private static func reachable(from folder: String, _ edges: [String: [String: Set<String>]]) -> Set<
        String
    > {
        var found: Set<String> = []
        var pending = Array((edges[folder] ?? [:]).keys)
        while let next = pending.popLast() {
            if found.insert(next).inserted { pending += Array((edges[next] ?? [:]).keys) }
        }
        return found.subtracting([folder])
    }

    /// For each folder, the folders whose declarations it names.
    private var uses: [String: [String: Set<String>]] {
        let owners = self.owners
        var edges: [String: [String: Set<String>]] = [:]
        for (folder, _, code) in files {
            for match in code.matches(
                of:
                    /(?<before>\.|func\s+|var\s+|let\s+|case\s+)?\b(?<name>[A-Za-z_][A-Za-z0-9_]+)(?<call>\()?/
            ) {
                let name = String(match.output.name)
                guard match.output.before == nil, let owner = owners[name], owner != folder,
                    name.first!.isUppercase || match.output.call != nil
                else { continue }
                edges[folder, default: [:]][owner, default: []].insert(name)
            }
        }
        return edges
    }

    /// The folder of each name that is declared at the margin in one folder alone.
    private var owners: [String: String] {
        var folders: [String: Set<String>] = [:]
        for (folder, _, code) in files {
            for match in code.matches(of: Self.declaration) {
                guard !match.output.modifiers.contains("private") else { continue }
                folders[String(match.output.name), default: []].insert(folder)
            }
        }
        return folders.compactMapValues { $0.count == 1 ? $0.first : nil }
    }

    private static var declaration: Regex<(Substring, modifiers: Substring, name: Substring)> {
        /(?m)^(?<modifiers>(?:(?:@\w+(?:\([^)]*\))?|public|package|internal|private|fileprivate|open|final|indirect|nonisolated)\s+)*)(?:struct|class|enum|protocol|actor|typealias|func|let|var)\s+`?(?<name>[A-Za-z_]\w*)/
    }
}
