// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The repository's own Swift files, as text.
enum SourceText {
    static let sources = URL(filePath: #filePath).appending(path: "../../../Sources").standardizedFileURL

    /// All files below a folder, by their paths within it.
    static func files(in folder: URL) throws -> [(path: String, text: String)] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
            .sorted().map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
    }

    /// The text without comments, and of strings only what is put into them.
    static func code(of text: String) -> String {
        var result = ""
        for line in text.replacing(/"""(?s:.*?)"""/, with: "\"\"").split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            let withoutStrings = line.replacing(/"(?:\\.|[^"\\])*"/) { match in
                match.output.matches(of: /\\\((.*?)\)/).map { " \($0.output.1) " }.joined()
            }
            result += withoutStrings.prefix(
                upTo: withoutStrings.firstRange(of: "//")?.lowerBound ?? withoutStrings.endIndex)
            result += "\n"
        }
        return result
    }
}
