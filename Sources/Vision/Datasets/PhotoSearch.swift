// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The photos below a folder, in the order of their paths' bytes. Links to folders are followed, and every
/// folder is visited once, so that circular links are harmless. Hidden files and files that are not named as
/// images are ignored; everything else that is skipped is reported.
struct PhotoSearch: Sendable {
    /// Files named as images of kinds that are read.
    private(set) var images = PhotoList()
    /// Files named as images of other kinds.
    private(set) var otherKinds: [URL] = []
    /// Files and folders that could not be read, or whose name is not valid UTF-8.
    private(set) var problems: [UnreadableFile] = []
    private var visited: Set<FolderEntry.Identity> = []
    private var links: [(folder: URL, identity: FolderEntry.Identity)] = []

    /// - Throws: `DatasetError.cannotRead` if the folder itself cannot be read
    init(below folder: URL) throws(DatasetError) {
        // A link that leads up would find the photos of all classes.
        visited = Set(Self.parents(of: folder).compactMap { FolderEntry.Identity($0) })
        if let identity = FolderEntry.Identity(folder), visited.contains(identity) {
            throw .cannotRead(folder.relativePath, reason: "it is a link to a folder that it lies in")
        }
        do {
            try visit(folder)
        } catch {
            throw .cannotRead(folder.relativePath, reason: error.reason)
        }
        // Real folders come first, so that photos have the paths at which they are.
        while !links.isEmpty {
            let link = links.removeFirst()
            if !visited.contains(link.identity) { visitInner(link.folder) }
        }
        images.sort()
        otherKinds.sort { $0.path.precedesInBytes($1.path) }
        problems.sort { $0.file.path.precedesInBytes($1.file.path) }
    }

    private static func parents(of folder: URL) -> [URL] {
        var parents: [URL] = []
        for path in [folder.absoluteURL.standardizedFileURL, URL(filePath: folder.realPath)] {
            var url = path
            while url.path != "/" {
                url = url.deletingLastPathComponent()
                parents.append(url)
            }
        }
        return parents
    }

    private mutating func visit(_ folder: URL) throws(FolderError) {
        if let identity = FolderEntry.Identity(folder) { visited.insert(identity) }
        var inner: [(folder: URL, identity: FolderEntry.Identity, isLink: Bool)] = []
        images.begin(folder)
        for entry in try entries(ofFolder: folder) where !entry.isHidden {
            guard let name = entry.name else {
                if entry.kind == .folder || Self.isImage(entry.printableName) {
                    addProblem(
                        folder, entry,
                        "its name is no text in UTF-8; rename it, as with: convmv -f latin1 -t utf8")
                }
                continue
            }
            switch (Self.isReadableImage(name), entry.kind) {
            case (true?, .file): images.append(name)
            case (true?, .folder): addProblem(folder, entry, "it is a folder")
            case (true?, .brokenLink): addProblem(folder, entry, "there is no such file")
            case (false?, _): otherKinds.append(folder.appending(path: name))
            case (nil, .brokenLink): addProblem(folder, entry, "it is a link to something that is not there")
            case (nil, _): break
            }
            if let identity = entry.identity {
                inner.append((folder.appending(path: name), identity, entry.isLink))
            }
        }
        for (folder, identity, isLink) in inner {
            if isLink {
                links.append((folder, identity))
            } else if !visited.contains(identity) {
                visitInner(folder)
            }
        }
    }

    private mutating func visitInner(_ folder: URL) {
        do {
            try visit(folder)
        } catch {
            problems.append(
                UnreadableFile(
                    file: folder, error: .unreadable(source: folder.relativePath, reason: error.reason)))
        }
    }

    private mutating func addProblem(_ folder: URL, _ entry: FolderEntry, _ reason: String) {
        let path = folder.relativePath + "/" + entry.printableName
        problems.append(
            UnreadableFile(
                file: folder.appending(path: entry.printableName),
                error: .unreadable(source: path, reason: reason)))
    }

    /// Whether a file is named as an image, of a kind that is read or not.
    static func isImage(_ name: String) -> Bool { isReadableImage(name) != nil }

    /// Whether a file that is named as an image is of a kind that is read; nil for other files.
    private static func isReadableImage(_ name: String) -> Bool? {
        guard let point = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let ending = name[name.utf8.index(after: point)...]
        if let format = ImageFormat(pathExtension: String(ending)) { return format.isReadable }
        return otherEndings.contains(ending.lowercased()) ? false : nil
    }

    private static let otherEndings: Set<String> = [
        "gif", "bmp", "tif", "tiff", "jp2", "jxl", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf",
        "ppm",
        "pgm",
    ]
}
