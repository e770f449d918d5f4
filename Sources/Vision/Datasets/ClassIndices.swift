// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The names of classes by number as JSON, `{"0": "daisy", …}`, as the tutorial keeps them beside the weights.
/// The layout is that of Python's `json.dumps(names, indent=4)`.
public enum ClassIndices {
    /// - Throws: `DatasetError.cannotWrite`
    public static func write(_ classes: [String], to url: URL) throws(DatasetError) {
        let lines = classes.enumerated().map { "    \"\($0.offset)\": \(quoted($0.element))" }
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try writeAtomically(Data(("{\n" + lines.joined(separator: ",\n") + "\n}\n").utf8), to: url)
        } catch {
            throw .cannotWrite(url.relativePath, reason: "\(error)")
        }
    }

    /// - Throws: `DatasetError.classIndices`
    public static func read(_ url: URL) throws(DatasetError) -> [String] {
        let names: [String: String]
        do {
            names = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: url))
        } catch {
            throw .classIndices(url.relativePath, reason: error.localizedDescription)
        }
        return try (0..<names.count).map { index throws(DatasetError) in
            guard let name = names[String(index)] else {
                throw .classIndices(
                    url.relativePath, reason: "it has \(names.count) entries, but none for \(index)")
            }
            return name
        }
    }

    private static func quoted(_ name: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string always encodes.
        return String(decoding: try! encoder.encode(name), as: UTF8.self)
    }
}
