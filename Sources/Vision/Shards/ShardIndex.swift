// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Where the photos of one shard are, and of which class: found by reading the header of each member, or read
/// from the file beside the shard in which `ShardWriter` keeps it.
struct ShardIndex: Sendable {
    /// A photo: the name of its member, where its bytes are in the shard, and its class.
    struct Photo: Sendable, Equatable {
        let name: String
        let bytes: Range<Int>
        let label: Int
    }

    private(set) var files = PhotoList()
    private(set) var labels: [Int] = []
    /// Where the photos' bytes are in the shard.
    private(set) var places: [Range<Int>] = []
    /// Members that cannot be used, each with the reason.
    private(set) var problems: [UnreadableFile] = []

    /// - Throws: `ImageError` if the shard itself cannot be read
    init(_ shard: URL, classCount: Int) throws(ImageError) {
        let file = try ImageFile(shard, limit: .max)
        files.begin(shard)
        if let photos = Self.kept(beside: shard, file) {
            for photo in photos { add(photo, shard, classCount) }
        } else {
            try scan(shard, file, classCount)
        }
    }

    // MARK: - Members

    /// Members that follow one another and have the same name up to the first point belong together.
    private struct Group {
        let key: String
        var image: TarReader.Member?
        var label: Result<Int, Problem>?

        struct Problem: Error { let reason: String }
    }

    private mutating func scan(_ shard: URL, _ file: ImageFile, _ classCount: Int) throws(ImageError) {
        var reader = TarReader(ByteWindow(file, beginning: []))
        var group = Group(key: "")
        do {
            while let member = try reader.next() {
                guard let (key, ending) = Self.parts(of: member.name) else { continue }
                if key != group.key {
                    finish(group, shard, classCount)
                    group = Group(key: key)
                }
                if ending == "cls" {
                    group.label = Self.label(try reader.contents(member, limit: 32))
                } else if ImageFormat(pathExtension: ending) != nil {
                    group.image = member
                }
            }
            finish(group, shard, classCount)
        } catch let damage as TarReader.Damage {
            finish(group, shard, classCount)
            let place = labels.isEmpty ? "" : "; the \(labels.count) photos before it are used"
            problems.append(
                UnreadableFile(
                    file: shard,
                    error: .corrupt(
                        source: shard.relativePath,
                        reason: "at byte \(damage.position), \(damage.reason)\(place)")))
        } catch let error as ImageError {
            throw error
        } catch {
            throw .unreadable(source: shard.relativePath, reason: "\(error)")
        }
    }

    /// `a/b.seg.png` as `a/b` and `seg.png`; nil for hidden files, and those without an ending.
    private static func parts(of name: String) -> (key: String, ending: String)? {
        let begin = name.utf8.lastIndex(of: UInt8(ascii: "/")).map(name.utf8.index(after:)) ?? name.startIndex
        guard let point = name.utf8[begin...].firstIndex(of: UInt8(ascii: ".")), point != begin else {
            return nil
        }
        return (String(name[..<point]), name[name.utf8.index(after: point)...].lowercased())
    }

    private static func label(_ bytes: ArraySlice<UInt8>?) -> Result<Int, Group.Problem> {
        let text = bytes.flatMap { String(validating: $0, as: UTF8.self) }?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard let text, let label = Int(text), label >= 0 else {
            return .failure(Group.Problem(reason: "its .cls holds no number of a class"))
        }
        return .success(label)
    }

    private mutating func finish(_ group: Group, _ shard: URL, _ classCount: Int) {
        guard let image = group.image else {
            if group.label != nil { addProblem(group.key, shard, "it has a .cls, but no image beside it") }
            return
        }
        switch group.label {
        case nil: addProblem(image.name, shard, "it has no .cls beside it that tells its class")
        case .failure(let problem): addProblem(image.name, shard, problem.reason)
        case .success(let label):
            add(Photo(name: image.name, bytes: image.bytes, label: label), shard, classCount)
        }
    }

    private mutating func add(_ photo: Photo, _ shard: URL, _ classCount: Int) {
        guard photo.label < classCount else {
            let reason = "its class is \(photo.label), and there are \(classCount) classes, counted from 0"
            return addProblem(photo.name, shard, reason)
        }
        guard photo.bytes.count <= ImageFile.limit else {
            return addProblem(photo.name, shard, "it has \(photo.bytes.count) bytes")
        }
        files.append(photo.name)
        labels.append(photo.label)
        places.append(photo.bytes)
    }

    private mutating func addProblem(_ name: String, _ shard: URL, _ reason: String) {
        let file = shard.appending(path: name)
        problems.append(
            UnreadableFile(file: file, error: .unreadable(source: file.relativePath, reason: reason)))
    }

    // MARK: - The file beside a shard

    /// `shard-000000.tar.index`
    static func url(of shard: URL) -> URL { shard.appendingPathExtension("index") }

    private static let title = "shard index 1"

    /// The contents of the file: a line with the shard's length, and one for each photo.
    static func text(_ photos: [Photo], byteCount: Int) -> String {
        var text = "\(title) \(byteCount)\n"
        for photo in photos {
            text += "\(photo.bytes.lowerBound) \(photo.bytes.count) \(photo.label) \(photo.name)\n"
        }
        return text
    }

    /// Nil if there is none, if it belongs to another shard, or is not as `text` writes it.
    private static func kept(beside shard: URL, _ file: ImageFile) -> [Photo]? {
        guard let bytes = try? Data(contentsOf: url(of: shard)), let written = modified(url(of: shard)),
            let changed = modified(shard), written >= changed
        else { return nil }
        var lines = bytes.split(separator: UInt8(ascii: "\n")).makeIterator()
        guard lines.next().map({ $0.elementsEqual("\(title) \(file.byteCount)".utf8) }) == true else {
            return nil
        }
        var photos: [Photo] = []
        while let line = lines.next() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
            let numbers = fields.prefix(3).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            guard numbers.count == 3, fields.count == 4, numbers.allSatisfy({ $0 >= 0 }),
                let name = String(validating: fields[3], as: UTF8.self),
                numbers[0] <= file.byteCount, numbers[1] <= file.byteCount - numbers[0]
            else { return nil }
            photos.append(
                Photo(name: name, bytes: numbers[0]..<numbers[0] + numbers[1], label: numbers[2]))
        }
        return photos
    }

    private static func modified(_ url: URL) -> Date? {
        try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
    }
}
