// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import TensorCore

/// Photos in folders: `root/class/photo.jpg`. Classes are numbered in the order of their names' bytes, as in
/// torchvision's `ImageFolder`; folders within a class's folder, and links to folders, belong to it; hidden
/// files are ignored. `ImageFormat` lists the kinds of files that are read.
public struct ImageFolder: Sendable {
    /// The folder whose subfolders are the classes.
    public let root: URL
    /// Names of the classes, the names of their folders. A label is an index into them.
    public let classes: [String]
    /// The photos, one URL a sample. `labels` has the same order.
    public let files: [URL]
    /// For each file, the number of its class.
    public let labels: [Int]
    /// Skipped: files that are named as images but are none, and files and folders that could not be read;
    /// each with the reason.
    public let unreadable: [UnreadableFile]
    /// Photos that are not used: those of kinds that are not read, and those outside the classes' folders.
    public let skipped: SkippedFiles
    /// How photos are decoded.
    public var decoding = DecodingOptions()
    /// Whether a photo that turns out to be damaged when it is decoded is an error that ends the run.
    public let isStrict: Bool

    /// - Parameter strict: whether a file that is no image is an error, not only reported.
    /// - Throws: `DatasetError`; `ImageError` if strict
    public init(_ root: URL, strict: Bool = false) throws {
        let (classFolders, beside, problems) = try Self.contents(of: root)
        if strict, let problem = problems.first { throw problem.error }
        var found: [(file: URL, label: Int)] = []
        var unreadable = problems
        var otherKinds: [URL] = []
        for (label, folder) in classFolders.enumerated() {
            let before = (found: found.count, unreadable: unreadable.count)
            let search = try PhotoSearch(below: folder)
            if strict, let problem = search.problems.first { throw problem.error }
            unreadable += search.problems
            for file in search.images {
                do {
                    _ = try ImageHeader(contentsOf: file)
                    found.append((file, label))
                } catch {
                    if strict { throw error }
                    unreadable.append(UnreadableFile(file: file, error: error))
                }
            }
            guard found.count > before.found else {
                throw Self.nothing(in: folder, unreadable[before.unreadable...], search.otherKinds)
            }
            otherKinds += search.otherKinds
        }
        self.init(
            root: root, classes: classFolders.map(\.lastPathComponent), files: found.map(\.file),
            labels: found.map(\.label), unreadable: unreadable,
            skipped: SkippedFiles(otherKinds: otherKinds, withoutClass: beside), isStrict: strict)
    }

    private static func nothing(
        in folder: URL, _ unreadable: ArraySlice<UnreadableFile>, _ otherKinds: [URL]
    ) -> DatasetError {
        guard let first = unreadable.first else {
            return .emptyClass(folder.relativePath, otherKinds: SkippedFiles.kinds(of: otherKinds))
        }
        return .unreadableClass(folder.relativePath, count: unreadable.count, first: first.description)
    }

    init(
        root: URL, classes: [String], files: [URL], labels: [Int], unreadable: [UnreadableFile],
        skipped: SkippedFiles, isStrict: Bool
    ) {
        self.root = root
        self.classes = classes
        self.files = files
        self.labels = labels
        self.unreadable = unreadable
        self.skipped = skipped
        self.isStrict = isStrict
    }

    /// The number of images.
    public var count: Int { files.count }

    /// The photos as a model takes them.
    public func transformed(by transform: Compose) -> TransformedFolder { TransformedFolder(self, transform) }

    /// The same folder with some of its files.
    func selecting(_ indices: [Int]) -> ImageFolder {
        var part = ImageFolder(
            root: root, classes: classes, files: indices.map { files[$0] },
            labels: indices.map { labels[$0] },
            unreadable: unreadable, skipped: skipped, isStrict: isStrict)
        part.decoding = decoding
        return part
    }

    /// The images below a folder, or a link to one, in the order of their paths' bytes.
    /// - Parameters:
    ///   - onUnreadable: called for each file or folder that could not be read, such as one without
    ///     permission
    ///   - onSkipped: called once with a summary of the images of kinds that are not read, if there are any
    /// - Throws: `DatasetError.cannotRead`
    public static func imageFiles(
        below folder: URL, onUnreadable: (UnreadableFile) -> Void = { _ in },
        onSkipped: (SkippedFiles) -> Void = { _ in }
    ) throws(DatasetError) -> [URL] {
        let search = try PhotoSearch(below: folder)
        search.problems.forEach(onUnreadable)
        let skipped = SkippedFiles(otherKinds: search.otherKinds, withoutClass: [])
        if !skipped.isEmpty { onSkipped(skipped) }
        return search.images
    }

    /// The folders of classes in the order of their names' bytes, the images beside them, and anything
    /// unusable.
    private static func contents(
        of root: URL
    ) throws(DatasetError) -> (folders: [URL], images: [URL], problems: [UnreadableFile]) {
        let found: [FolderEntry]
        do {
            found = try entries(ofFolder: root).filter { !$0.isHidden }
        } catch {
            throw error.code == ENOENT || error.code == ENOTDIR
                ? .noFolder(root.relativePath) : .cannotRead(root.relativePath, reason: error.reason)
        }
        if let unnamed = found.first(where: { $0.kind == .folder && $0.name == nil }) {
            throw .nameIsNoText(root.relativePath + "/" + unnamed.printableName)
        }
        let named = found.compactMap { entry in entry.name.map { (entry, root.appending(path: $0)) } }
        let folders = named.filter { $0.0.kind == .folder }.map(\.1)
        guard !folders.isEmpty else { throw .noClasses(root.relativePath) }
        guard folders.count > 1 else { throw .oneClass(root.relativePath, folders[0].lastPathComponent) }
        var paths: [FolderEntry.Identity: String] = [:]
        for (entry, url) in named where entry.kind == .folder {
            guard let other = paths.updateValue(url.lastPathComponent, forKey: entry.identity) else {
                continue
            }
            throw .cannotRead(
                url.relativePath, reason: "it is the same folder as \(other), and a photo has one class")
        }
        let images = named.filter { $0.0.kind == .file && PhotoSearch.isImage($0.1.lastPathComponent) }.map(
            \.1)
        let problems = named.filter { $0.0.kind == .brokenLink }.map { _, url in
            UnreadableFile(
                file: url,
                error: .unreadable(
                    source: url.relativePath, reason: "it is a link to something that is not there"))
        }
        return (folders, images, problems)
    }
}

/// A file that a data set skips.
public struct UnreadableFile: Sendable, CustomStringConvertible {
    /// The file that could not be read.
    public let file: URL
    /// Why it could not be read.
    public let error: ImageError

    package init(file: URL, error: ImageError) {
        self.file = file
        self.error = error
    }

    public var description: String { "\(error)" }
}
