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
    public let files: PhotoList
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
    /// Whether the beginning of each file has been read. If not, a file that is named as an image and is none
    /// is found when a loader reads it.
    public let hasReadHeaders: Bool

    /// The most files whose beginnings are read if nothing is said about it: more take minutes where the
    /// files lie on another machine.
    public static let mostHeaders = 50_000

    /// - Parameters:
    ///   - strict: whether a file that is no image is an error, not only reported.
    ///   - readsHeaders: whether the beginning of each file is read, so that files that are no images are
    ///     found now; if nil, where there are no more than `mostHeaders` files, and always if strict
    /// - Throws: `DatasetError`; `ImageError` if strict
    public init(_ root: URL, strict: Bool = false, readsHeaders: Bool? = nil) throws {
        let (classFolders, beside, problems) = try Self.contents(of: root)
        if strict, let problem = problems.first { throw problem.error }
        let searches = try classFolders.concurrentMap(least: 16) { folder throws(DatasetError) in
            try PhotoSearch(below: folder)
        }
        if strict, let problem = searches.lazy.flatMap(\.problems).first { throw problem.error }
        let count = searches.reduce(0) { $0 + $1.images.count }
        let readsHeaders = readsHeaders ?? (strict || count <= Self.mostHeaders)
        var files = PhotoList()
        var labels: [Int] = []
        var unreadable = problems
        for (label, (folder, search)) in zip(classFolders, searches).enumerated() {
            let (photos, others) =
                readsHeaders ? try Self.images(of: search.images, strict: strict) : (search.images, [])
            guard !photos.isEmpty else {
                throw Self.nothing(in: folder, search.problems + others, search.otherKinds)
            }
            files.append(photos)
            labels += repeatElement(label, count: photos.count)
            unreadable += search.problems + others
        }
        self.init(
            root: root, classes: classFolders.map(\.lastPathComponent), files: files, labels: labels,
            unreadable: unreadable,
            skipped: SkippedFiles(otherKinds: searches.flatMap(\.otherKinds), withoutClass: beside),
            isStrict: strict, hasReadHeaders: readsHeaders)
    }

    /// Reads the beginning of each file.
    /// - Returns: the images, and the other files
    private static func images(
        of files: PhotoList, strict: Bool
    ) throws -> (images: PhotoList, others: [UnreadableFile]) {
        var images: [Int] = []
        var others: [UnreadableFile] = []
        for (index, file) in files.enumerated() {
            do {
                _ = try ImageHeader(contentsOf: file)
                images.append(index)
            } catch {
                if strict { throw error }
                others.append(UnreadableFile(file: file, error: error))
            }
        }
        return (others.isEmpty ? files : files.selecting(images), others)
    }

    private static func nothing(
        in folder: URL, _ unreadable: [UnreadableFile], _ otherKinds: [URL]
    ) -> DatasetError {
        guard let first = unreadable.first else {
            return .emptyClass(folder.relativePath, otherKinds: SkippedFiles.kinds(of: otherKinds))
        }
        return .unreadableClass(folder.relativePath, count: unreadable.count, first: first.description)
    }

    init(
        root: URL, classes: [String], files: PhotoList, labels: [Int], unreadable: [UnreadableFile],
        skipped: SkippedFiles, isStrict: Bool, hasReadHeaders: Bool
    ) {
        self.root = root
        self.classes = classes
        self.files = files
        self.labels = labels
        self.unreadable = unreadable
        self.skipped = skipped
        self.isStrict = isStrict
        self.hasReadHeaders = hasReadHeaders
    }

    /// The number of images.
    public var count: Int { files.count }

    /// The photos as a model takes them.
    public func transformed(by transform: Compose) -> TransformedFolder { TransformedFolder(self, transform) }

    /// The same folder with some of its files.
    func selecting(_ indices: [Int]) -> ImageFolder {
        var part = ImageFolder(
            root: root, classes: classes, files: files.selecting(indices),
            labels: indices.map { labels[$0] }, unreadable: unreadable, skipped: skipped, isStrict: isStrict,
            hasReadHeaders: hasReadHeaders)
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
        return Array(search.images)
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
        for (entry, url) in named {
            guard let identity = entry.identity,
                let other = paths.updateValue(url.lastPathComponent, forKey: identity)
            else { continue }
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
