// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// Photos in folders: `root/class/photo.jpg`. Classes are numbered in the order of their names, as in torchvision's
/// `ImageFolder`; folders within a class's folder belong to it, hidden files do not count.
public struct ImageFolder: Sendable {
    public let root: URL
    public let classes: [String]
    public let files: [URL]
    /// For each file, the number of its class.
    public let labels: [Int]
    /// Files with an image's name that are none, and why; they are left out.
    public let unreadable: [UnreadableFile]
    /// Photos that are no samples: of kinds that are not read, or of no class.
    public let passedOver: PassedOverFiles
    public var decoding = DecodingOptions()
    /// Whether a photo that turns out to be damaged when it is decoded ends the run.
    public let isStrict: Bool

    /// - Parameter strict: whether a file that is no image is an error, not only reported.
    /// - Throws: `DatasetError`; `ImageError` if strict
    public init(_ root: URL, strict: Bool = false) throws {
        let classFolders = try Self.classFolders(in: root)
        var found: [(file: URL, label: Int)] = []
        var unreadable: [UnreadableFile] = []
        var otherKinds: [URL] = []
        for (label, folder) in classFolders.enumerated() {
            let before = found.count
            let (images, others) = Self.files(below: folder)
            for file in images {
                do {
                    _ = try ImageHeader(contentsOf: file)
                    found.append((file, label))
                } catch {
                    if strict { throw error }
                    unreadable.append(UnreadableFile(file: file, error: error))
                }
            }
            guard found.count > before else {
                throw DatasetError.emptyClass(
                    folder.relativePath, otherKinds: PassedOverFiles.kinds(of: others))
            }
            otherKinds += others
        }
        self.init(
            root: root, classes: classFolders.map(\.lastPathComponent), files: found.map(\.file),
            labels: found.map(\.label), unreadable: unreadable,
            passedOver: PassedOverFiles(
                otherKinds: otherKinds, withoutClass: Self.photos(beside: classFolders, in: root)),
            isStrict: strict)
    }

    init(
        root: URL, classes: [String], files: [URL], labels: [Int], unreadable: [UnreadableFile],
        passedOver: PassedOverFiles, isStrict: Bool
    ) {
        self.root = root
        self.classes = classes
        self.files = files
        self.labels = labels
        self.unreadable = unreadable
        self.passedOver = passedOver
        self.isStrict = isStrict
    }

    public var count: Int { files.count }

    /// The photos as a model takes them.
    public func transformed(by transform: Compose) -> TransformedFolder { TransformedFolder(self, transform) }

    /// The same folder with some of its files.
    func selecting(_ indices: [Int]) -> ImageFolder {
        var part = ImageFolder(
            root: root, classes: classes, files: indices.map { files[$0] },
            labels: indices.map { labels[$0] },
            unreadable: unreadable, passedOver: passedOver, isStrict: isStrict)
        part.decoding = decoding
        return part
    }

    /// The JPEG and PNG files below a folder, or a link to one, in the order of their paths.
    public static func imageFiles(below folder: URL) -> [URL] { files(below: folder).images }

    /// The files below a folder that are read, and those of an image's kind that is not.
    private static func files(below folder: URL) -> (images: [URL], others: [URL]) {
        // An enumerator follows no links, not even the one that it begins with.
        let base = folder.resolvingSymlinksInPath()
        let found = FileManager.default.enumerator(
            at: base, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
        let files = (found?.allObjects as? [URL] ?? []).filter {
            isReadable($0) || PassedOverFiles.isOtherKind($0)
        }
        let prefix = base.path + "/"
        let named = files.map { file in
            file.path.hasPrefix(prefix)
                ? folder.appending(path: String(file.path.dropFirst(prefix.count))) : file
        }
        .sorted { $0.path < $1.path }
        return (named.filter(isReadable), named.filter { !isReadable($0) })
    }

    private static func isReadable(_ file: URL) -> Bool {
        ["jpg", "jpeg", "png"].contains(file.pathExtension.lowercased())
    }

    /// Images in the root itself.
    private static func photos(beside classFolders: [URL], in root: URL) -> [URL] {
        let folders = Set(classFolders.map(\.lastPathComponent))
        return visibleNames(in: root).filter { !folders.contains($0) }.map { root.appending(path: $0) }
            .filter { isReadable($0) || PassedOverFiles.isOtherKind($0) }
    }

    private static func visibleNames(in folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    private static func classFolders(in root: URL) throws(DatasetError) -> [URL] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw .noFolder(root.relativePath)
        }
        let folders = visibleNames(in: root).map { root.appending(path: $0) }.filter {
            FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && isFolder.boolValue
        }
        guard !folders.isEmpty else { throw .noClasses(root.relativePath) }
        guard folders.count > 1 else { throw .oneClass(root.relativePath, folders[0].lastPathComponent) }
        return folders
    }
}

/// A file that was left out of a data set.
public struct UnreadableFile: Sendable, CustomStringConvertible {
    public let file: URL
    public let error: ImageError

    package init(file: URL, error: ImageError) {
        self.file = file
        self.error = error
    }

    public var description: String { "\(error)" }
}
