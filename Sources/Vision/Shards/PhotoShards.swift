// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation
import TensorCore

/// Photos in shards: tar archives, each with thousands of photos and, beside each photo, a file with the
/// number of its class, as WebDataset has them: `000017.jpg` and `000017.cls`. Large files are read quickly
/// where a million small ones are not: on disks of other machines, in object stores, on spinning disks.
///
/// Photos are read from the shards when they are needed. An epoch reads the shards one after another, in a
/// new order each time, and mixes the photos of neighbouring ones (`shuffleBuffer`), so that disks read
/// ahead. Several processes that train together read different shards.
public struct PhotoShards: Dataset {
    /// The shards, in the order of their paths' bytes.
    public let shards: [URL]
    /// Names of the classes. A label is an index into them.
    public let classes: [String]
    /// For each photo, the path of its shard followed by its name within.
    public let files: PhotoList
    /// For each photo, the number of its class.
    private let photoLabels: [Int]
    /// For each photo, where its bytes are in its shard.
    private let places: [Range<Int>]
    /// For each shard, the number of its first photo; and the number of photos.
    private let begins: [Int]
    /// Skipped: members without a class or an image, and what comes after a damaged place.
    public let unreadable: [UnreadableFile]
    /// The transforms that turn a photo into the model's input.
    public let transform: Compose
    /// From how many photos, of those next on the disk, each photo of an epoch is drawn. With a larger number
    /// they are mixed better, and the disk reads in less of an order. As `shuffle` in WebDataset.
    public var shuffleBuffer = 5000
    /// How photos are decoded.
    public var decoding = DecodingOptions()
    /// Whether a photo that turns out to be damaged when it is decoded is an error that ends the run.
    public let isStrict: Bool

    /// Opens all shards in a folder that `ShardWriter` or `vggkit shard` wrote: their classes are in its
    /// `class_indices.json`.
    /// - Parameter name: what the shards' names begin with, as `train`: `train-000000.tar`
    /// - Throws: `DatasetError`; `ImageError` if strict
    public init(in folder: URL, named name: String, _ transform: Compose, strict: Bool = false) throws {
        let classes = try ClassIndices.read(folder.appending(path: ShardWriter.classIndices))
        let found: [FolderEntry]
        do {
            found = try entries(ofFolder: folder)
        } catch {
            throw DatasetError.cannotRead(folder.relativePath, reason: error.reason)
        }
        let names = found.compactMap(\.name).filter { ShardWriter.isShard($0, of: name) }
        guard !names.isEmpty else {
            throw DatasetError.noShards(folder.appending(path: name + "-*.tar").relativePath)
        }
        try self.init(names.map { folder.appending(path: $0) }, classes: classes, transform, strict: strict)
    }

    /// Opens shards. Reads the header of each of their members, unless the file beside a shard tells where
    /// its photos are.
    /// - Parameters:
    ///   - shards: one or more tar archives; `URL.shards` writes out `shard-{000000..000127}.tar`
    ///   - classes: the classes' names in the order of their numbers
    ///   - transform: its random parts are drawn anew each time a photo is read
    ///   - strict: whether a member that cannot be used is an error, not only reported
    /// - Throws: `DatasetError.noShards` if they hold no photo; `ImageError` for a shard that cannot be read
    public init(_ shards: [URL], classes: [String], _ transform: Compose, strict: Bool = false) throws {
        self.shards = shards.sorted { $0.path.precedesInBytes($1.path) }
        self.classes = classes
        self.transform = transform
        isStrict = strict
        var files = PhotoList()
        var labels: [Int] = []
        var places: [Range<Int>] = []
        var begins = [0]
        var unreadable: [UnreadableFile] = []
        let indices = try self.shards.concurrentMap { shard throws(ImageError) in
            try ShardIndex(shard, classCount: classes.count)
        }
        for index in indices {
            if strict, let problem = index.problems.first { throw problem.error }
            files.append(index.files)
            labels += index.labels
            places += index.places
            begins.append(files.count)
            unreadable += index.problems
        }
        guard !files.isEmpty else {
            throw DatasetError.noPhotosInShards(
                shards.first?.relativePath ?? "", count: shards.count, first: unreadable.first?.description)
        }
        (self.files, photoLabels, self.places, self.begins) = (files, labels, places, begins)
        self.unreadable = unreadable
    }

    public var count: Int { files.count }
    public var labels: [Int]? { photoLabels }
    public var skipsUnreadable: Bool { !isStrict }
    public var sourceFolder: URL? { shards[0].deletingLastPathComponent() }

    /// - Throws: `ImageError`
    public func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
        requireSample(index, of: self)
        let file = try encoded(at: index)
        defer { SpareBytes.give(file.bytes) }
        let picture = try transform.picture(file, decoding, using: &generator)
        return Sample(picture: picture, numbers: transform.numbers, label: photoLabels[index])
    }

    /// A photo as it is in its shard.
    private func encoded(at index: Int) throws(ImageError) -> EncodedImage {
        let shard = shards[begins.firstIndex(after: index)]
        let source = files[index].relativePath
        let bytes = try ImageFile(shard, limit: .max).read(
            at: places[index].lowerBound, count: places[index].count)
        guard bytes.count == places[index].count else {
            throw .truncated(source: source, reason: "its shard has been cut")
        }
        return try EncodedImage(bytes, source: source)
    }

    /// The shards in a new order, dealt to the rows in turn; in each row, the photos of its shards mixed by
    /// drawing from the next `shuffleBuffer`.
    public func shuffledRows(_ count: Int, using generator: inout RandomGenerator) -> [[Int]]? {
        let order = Array(shards.indices).permuted(using: &generator)
        return (0..<count).map { row in
            let mine = stride(from: row, to: order.count, by: count).map { order[$0] }
            let photos = mine.flatMap { Array(begins[$0]..<begins[$0 + 1]) }
            var generator = generator.forked(UInt64(row))
            return photos.mixed(buffer: max(1, shuffleBuffer), using: &generator)
        }
    }
}

extension [Int] {
    /// Of numbers in ascending order, the first one of them all being 0: the position before the first that
    /// is larger than `value`.
    fileprivate func firstIndex(after value: Int) -> Int {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if self[middle] <= value { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Each element is drawn from a buffer that the next elements fill up again.
    fileprivate func mixed(buffer size: Int, using generator: inout RandomGenerator) -> [Int] {
        var buffer = Array(prefix(size))
        var mixed: [Int] = []
        mixed.reserveCapacity(count)
        var rest = dropFirst(size)
        while !buffer.isEmpty {
            let place = generator.index(below: buffer.count)
            mixed.append(buffer[place])
            if let next = rest.popFirst() {
                buffer[place] = next
            } else {
                buffer.swapAt(place, buffer.count - 1)
                buffer.removeLast()
            }
        }
        return mixed
    }
}

extension URL {
    /// The URLs of `shard-{000000..000127}.tar`: the path with each number between the two in place of the
    /// braces, with as many digits. A path without braces names one shard.
    /// - Throws: `DatasetError.noShards` if the braces hold something else
    public static func shards(_ path: String) throws(DatasetError) -> [URL] {
        guard let open = path.firstIndex(of: "{"), let close = path[open...].firstIndex(of: "}") else {
            return [URL(filePath: path)]
        }
        let range = path[path.index(after: open)..<close]
        let ends = range.components(separatedBy: "..")
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), 0 <= first, first <= last,
            last - first < 1_000_000
        else { throw .noShards("\(path): braces hold a range as {000000..000127}, not {\(range)}") }
        return (first...last).map { number in
            let digits = String(number)
            let zeros = String(repeating: "0", count: max(0, ends[0].count - digits.count))
            return URL(filePath: path[..<open] + zeros + digits + path[path.index(after: close)...])
        }
    }
}
