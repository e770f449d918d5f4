// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation
import TensorCore

/// Writes photos into shards, which `PhotoShards` and WebDataset read.
public struct ShardWriter: Sendable {
    /// The file beside the shards that holds the classes' names.
    static let classIndices = "class_indices.json"

    /// What was written.
    public struct Result: Sendable {
        /// The shards, in their order.
        public let shards: [URL]
        /// The number of photos in them.
        public let count: Int
        /// Photos that could not be read, and are in no shard.
        public let unreadable: [UnreadableFile]
    }

    /// Whether a file's name is that of a shard: `NAME-000000.tar`.
    static func isShard(_ file: String, of name: String) -> Bool {
        guard file.hasPrefix(name + "-"), file.hasSuffix(".tar") else { return false }
        let number = file.utf8.dropFirst(name.utf8.count + 1).dropLast(4)
        return !number.isEmpty && number.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    /// The folder that the shards are written to.
    public let folder: URL
    /// A shard is begun when the one before has at least so many bytes.
    public var shardSize = 512 << 20
    /// Another seed gives the photos another order.
    public var seed: UInt64 = 0

    /// A writer of shards.
    public init(_ folder: URL) { self.folder = folder }

    /// Writes photos in a random order, as they are, into `NAME-000000.tar` and so on: each as
    /// `class/000017-photo.jpg`, followed by `class/000017-photo.cls`. Beside each shard a file tells where
    /// its photos are, and beside them all `class_indices.json` has the names of the classes.
    /// - Parameters:
    ///   - name: what the shards' names begin with, as `train`
    ///   - onPhoto: called after each photo
    /// - Throws: `DatasetError`; shards written before the error are removed. `DatasetError.nothingWritten`
    ///   if no photo could be read
    public func write(
        _ photos: ImageFolder, named name: String, onPhoto: () -> Void = {}, file: StaticString = #fileID,
        line: UInt = #line
    ) throws(DatasetError) -> Result {
        check(shardSize > 0, "ShardWriter: shards of \(shardSize) bytes", file: file, line: line)
        let hadClasses = try prepare(photos, name)
        var generator = RandomGenerator(seed: seed)
        var rest = Array(photos.files.indices).permuted(using: &generator)[...]
        var (shards, unreadable): ([URL], [UnreadableFile]) = ([], [])
        var count = 0
        do {
            while !rest.isEmpty {
                let shard = folder.appending(path: name + "-" + digits(shards.count) + ".tar")
                var members = ShardMembers(firstNumber: count)
                // Also where its name is not safe on the disk yet.
                shards.append(shard)
                try writeAtomically(to: shard) { (archive) throws(FileError) in
                    while members.byteCount < shardSize, let index = rest.popFirst() {
                        do {
                            let photo = try EncodedImage(contentsOf: photos.files[index])
                            try members.add(
                                photo, photos.files[index], photos.classes, photos.labels[index], to: archive)
                            SpareBytes.give(photo.bytes)
                        } catch let error as ImageError {
                            unreadable.append(UnreadableFile(file: photos.files[index], error: error))
                        } catch let error as FileError {
                            throw error
                        } catch {
                            fatalError("\(error)")
                        }
                        onPhoto()
                    }
                    try members.end(archive)
                }
                if members.photos.isEmpty {
                    try? FileManager.default.removeItem(at: shards.removeLast())
                    continue
                }
                count += members.photos.count
                let index = ShardIndex.text(members.photos, byteCount: members.byteCount)
                try writeAtomically(Data(index.utf8), to: ShardIndex.url(of: shard))
            }
        } catch {
            discard(shards, andClasses: !hadClasses)
            throw .cannotWrite(folder.relativePath, reason: error.reason)
        }
        guard count > 0 else {
            discard(shards, andClasses: !hadClasses)
            throw .nothingWritten(
                photos.root.relativePath, count: unreadable.count, first: "\(unreadable[0])")
        }
        return Result(shards: shards, count: count, unreadable: unreadable)
    }

    /// Removes what was written.
    private func discard(_ shards: [URL], andClasses: Bool) {
        let names = andClasses ? [folder.appending(path: Self.classIndices)] : []
        for file in names + shards + shards.map(ShardIndex.url) {
            try? FileManager.default.removeItem(at: file)
        }
    }

    /// - Returns: whether the folder holds the classes' names already
    private func prepare(_ photos: ImageFolder, _ name: String) throws(DatasetError) -> Bool {
        guard !folder.lies(within: photos.root) else {
            throw .withinSource(folder.relativePath, source: photos.root.realPath)
        }
        let there = ((try? entries(ofFolder: folder)) ?? []).compactMap(\.name)
        if let shard = there.first(where: { Self.isShard($0, of: name) }) {
            throw .exists(folder.appending(path: shard).relativePath)
        }
        let names = folder.appending(path: Self.classIndices)
        guard there.contains(Self.classIndices) else {
            try ClassIndices.write(photos.classes, to: names)
            return false
        }
        guard try ClassIndices.read(names) == photos.classes else {
            throw .classIndices(
                names.relativePath, reason: "it holds other classes than \(photos.root.relativePath)")
        }
        return true
    }
}

/// The members of a shard that is being written.
private struct ShardMembers {
    private(set) var photos: [ShardIndex.Photo] = []
    private(set) var byteCount = 0
    let firstNumber: Int

    init(firstNumber: Int) { self.firstNumber = firstNumber }

    mutating func add(
        _ photo: EncodedImage, _ file: URL, _ classes: [String], _ label: Int,
        to archive: borrowing AtomicFile
    ) throws(FileError) {
        let number = digits(firstNumber + photos.count)
        let key = TarWriter.name(
            folder: classes[label], "\(number)-\(file.deletingPathExtension().lastPathComponent)")
        let name = key + "." + photo.header.format.fileEnding
        try write(name, photo.bytes, to: archive)
        let begin = byteCount - TarWriter.padded(photo.bytes.count)
        photos.append(ShardIndex.Photo(name: name, bytes: begin..<begin + photo.bytes.count, label: label))
        try write(key + ".cls", Array("\(label)".utf8), to: archive)
    }

    private mutating func write(
        _ name: String, _ bytes: [UInt8], to archive: borrowing AtomicFile
    ) throws(FileError) {
        let padding = [UInt8](repeating: 0, count: TarWriter.padded(bytes.count) - bytes.count)
        for part in [TarWriter.header(name, byteCount: bytes.count), bytes, padding] {
            try archive.write(part)
            byteCount += part.count
        }
    }

    mutating func end(_ archive: borrowing AtomicFile) throws(FileError) {
        try archive.write(TarWriter.end)
        byteCount += TarWriter.end.count
    }
}

/// `000017`
private func digits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
}
