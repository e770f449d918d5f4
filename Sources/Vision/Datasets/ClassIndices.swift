// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The names of classes by number as JSON, `{"0": "daisy", …}`, as the tutorial keeps them beside the
/// weights. The layout is that of Python's `json.dumps(names, indent=4)`.
public enum ClassIndices {
    /// - Throws: `DatasetError.cannotWrite`
    public static func write(_ classes: [String], to url: URL) throws(DatasetError) {
        let lines = classes.enumerated().map { "    \"\($0.offset)\": \(quoted($0.element))" }
        do {
            try makeFolder(url.deletingLastPathComponent())
            try writeAtomically(Data(("{\n" + lines.joined(separator: ",\n") + "\n}\n").utf8), to: url)
        } catch {
            throw .cannotWrite(url.relativePath, reason: error.reason)
        }
    }

    /// Reads names in the order of their numbers: JSON as `write` makes it, as `class_to_idx` has it
    /// (`{"daisy": 0}`), or a list of names; or a text with a name a line.
    /// - Throws: `DatasetError.classIndices`
    public static func read(_ url: URL) throws(DatasetError) -> [String] {
        var data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            let isThere = FileManager.default.fileExists(atPath: url.path)
            throw .classIndices(
                url.relativePath,
                reason: isThere ? "it cannot be read: \(Files.reason(of: error))" : "there is no such file")
        }
        // The byte-order mark that some Windows editors write first.
        if data.starts(with: [0xEF, 0xBB, 0xBF]) { data = Data(data.dropFirst(3)) }
        let first = data.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let names =
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                try json(data, url)
            } else {
                try lines(data, url)
            }
        guard !names.isEmpty else {
            throw .classIndices(url.relativePath, reason: "it has no names")
        }
        return names
    }

    private static func json(_ data: Data, _ url: URL) throws(DatasetError) -> [String] {
        let decoder = JSONDecoder()
        if let names = try? decoder.decode([String].self, from: data) { return names }
        if let numbers = try? decoder.decode([String: Int].self, from: data) {
            return try ordered(
                Dictionary(numbers.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first }),
                count: numbers.count, url)
        }
        guard let names = try? decoder.decode([String: String].self, from: data) else {
            throw .classIndices(
                url.relativePath,
                reason: "it is no JSON of names by number, as {\"0\": \"daisy\", \"1\": \"rose\"}")
        }
        let numbered = names.compactMap { key, name in
            Int(key).flatMap { String($0) == key ? ($0, name) : nil }
        }
        return try ordered(Dictionary(numbered, uniquingKeysWith: { $1 }), count: names.count, url)
    }

    /// The names in the order of their numbers, which must be 0, 1, 2, … without gaps.
    private static func ordered(
        _ names: [Int: String], count: Int, _ url: URL
    ) throws(DatasetError) -> [String] {
        try (0..<count).map { index throws(DatasetError) in
            guard let name = names[index] else {
                throw .classIndices(
                    url.relativePath, reason: "it has \(count) entries, but none for \(index)")
            }
            return name
        }
    }

    private static func lines(_ data: Data, _ url: URL) throws(DatasetError) -> [String] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard
            let text = String(
                validating: data.starts(with: mark) ? data.dropFirst(mark.count) : data, as: UTF8.self)
        else { throw .classIndices(url.relativePath, reason: "it is neither JSON nor a text in UTF-8") }
        var names = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        while names.last?.isEmpty == true { names.removeLast() }
        if let empty = names.firstIndex(of: "") {
            throw .classIndices(url.relativePath, reason: "its line \(empty + 1) has no name")
        }
        return names
    }

    private static func quoted(_ name: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string always encodes.
        return String(decoding: try! encoder.encode(name), as: UTF8.self)
    }
}
