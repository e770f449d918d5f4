// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Photos below the root of an `ImageFolder` that it does not take.
public struct PassedOverFiles: Sendable, CustomStringConvertible {
    /// In the folders of the classes, by their names of a kind that is not read, as HEIC.
    public let otherKinds: [URL]
    /// Beside the folders of the classes.
    public let withoutClass: [URL]

    public var isEmpty: Bool { otherKinds.isEmpty && withoutClass.isEmpty }

    /// How many of which kind, in words.
    public var description: String {
        var parts: [String] = []
        if let kinds = Self.kinds(of: otherKinds) { parts.append("\(kinds) (only JPEG and PNG are read)") }
        if let first = withoutClass.first {
            parts.append(
                "\(withoutClass.count) beside the folders of the classes, as \(first.lastPathComponent)")
        }
        return parts.isEmpty ? "none" : parts.joined(separator: "; ")
    }

    /// As `3 .heic, 1 .webp`, the most frequent first; nil for no files.
    static func kinds(of files: [URL]) -> String? {
        let counts = Dictionary(grouping: files) { $0.pathExtension.lowercased() }.mapValues(\.count)
        let ordered = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return ordered.isEmpty ? nil : ordered.map { "\($0.value) .\($0.key)" }.joined(separator: ", ")
    }

    /// Whether a file is named as an image of a kind that is not read.
    static func isOtherKind(_ file: URL) -> Bool {
        [
            "heic", "heif", "avif", "webp", "gif", "bmp", "tif", "tiff", "jp2", "jxl", "dng", "cr2", "cr3",
            "nef", "arw", "orf", "rw2", "raf",
        ].contains(file.pathExtension.lowercased())
    }
}
