// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Photos below the root of an `ImageFolder` that it skips.
public struct SkippedFiles: Sendable, CustomStringConvertible {
    /// In the folders of the classes: files of a kind that is not read, such as GIF, or HEIC where libheif is
    /// not installed.
    public let otherKinds: [URL]
    /// Photos beside the folders of the classes, which have no class.
    public let withoutClass: [URL]

    /// Whether no photo was skipped.
    public var isEmpty: Bool { otherKinds.isEmpty && withoutClass.isEmpty }

    /// A summary: the number of files of each kind.
    public var description: String {
        var parts: [String] = []
        if let kinds = Self.kinds(of: otherKinds) { parts.append(kinds) }
        if let first = withoutClass.first {
            parts.append(
                "\(withoutClass.count) beside the folders of the classes, as \(first.lastPathComponent)")
        }
        return parts.isEmpty ? "none" : parts.joined(separator: "; ")
    }

    /// As `3 .gif, 1 .tiff (not read: convert them to JPEG)`, the most frequent first; nil for no files.
    static func kinds(of files: [URL]) -> String? {
        let byRemedy = Dictionary(grouping: files) { file in
            ImageFormat(pathExtension: file.pathExtension)?.package.map { "to read them, install \($0)" }
                ?? "not read: convert them to JPEG"
        }
        let parts = byRemedy.sorted { $0.key < $1.key }.map { remedy, files in
            let counts = Dictionary(grouping: files) { $0.pathExtension.lowercased() }.mapValues(\.count)
            let ordered = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            return ordered.map { "\($0.value) .\($0.key)" }.joined(separator: ", ") + " (\(remedy))"
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
