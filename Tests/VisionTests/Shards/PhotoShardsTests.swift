// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Testing
import Vision

@Suite struct PhotoShardsTests {
    private let scratch: Scratch
    private let transform = Compose([Resize(8)], normalize: .imageNet)

    init() throws {
        scratch = try Scratch()
        for index in 0..<7 { try scratch.photo("set/daisy/\(index).jpg", shade: UInt8(index * 20)) }
        for index in 0..<6 { try scratch.photo("set/rose/v1.\(index).PNG", shade: UInt8(100 + index * 20)) }
    }

    private func url(_ path: String) -> URL { scratch.url.appending(path: path) }

    private func photos() throws -> ImageFolder { try ImageFolder(url("set")) }

    /// Shards of three photos or so.
    @discardableResult private func write(_ name: String = "train", seed: UInt64 = 0) throws
        -> ShardWriter.Result
    {
        var writer = ShardWriter(url("shards"))
        writer.shardSize = 5000
        writer.seed = seed
        return try writer.write(photos(), named: name)
    }

    private func shards(strict: Bool = false) throws -> PhotoShards {
        try PhotoShards(in: url("shards"), named: "train", transform, strict: strict)
    }

    private func image(_ dataset: some Dataset, _ index: Int) throws -> [Float] {
        var generator = RandomGenerator(seed: 0)
        return try dataset.sample(at: index, using: &generator).image.floats
    }

    /// Runs a program in a folder.
    private func run(_ arguments: String..., in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments)")
    }

    @Test(arguments: [true, false]) func shardsGiveThePhotosBack(withIndex: Bool) throws {
        let written = try write()
        #expect(written.count == 13 && written.unreadable.isEmpty && written.shards.count > 3)
        if !withIndex {
            for shard in written.shards {
                try FileManager.default.removeItem(at: shard.appendingPathExtension("index"))
            }
        }
        let shards = try shards()
        #expect(shards.classes == ["daisy", "rose"] && shards.count == 13 && shards.unreadable.isEmpty)
        #expect(shards.shards.map(\.path) == written.shards.map(\.path))
        // The photo `000003-v1_2.png` is the file `v1.2.PNG`.
        let folder = try photos().transformed(by: transform)
        var seen: Set<String> = []
        for (index, file) in shards.files.enumerated() {
            let stem = file.deletingPathExtension().lastPathComponent.split(separator: "-")[1]
                .replacing("_", with: ".")
            let original = try #require(
                folder.folder.files.firstIndex {
                    $0.deletingPathExtension().lastPathComponent == stem
                })
            #expect(try image(shards, index) == image(folder, original))
            #expect(shards.labels?[index] == folder.folder.labels[original])
            seen.insert(String(stem))
        }
        #expect(seen.count == 13)
    }

    @Test func theSameSeedGivesTheSameBytes() throws {
        let first = try write().shards.map { try Data(contentsOf: $0) }
        try FileManager.default.removeItem(at: url("shards"))
        #expect(try write().shards.map { try Data(contentsOf: $0) } == first)
        try FileManager.default.removeItem(at: url("shards"))
        #expect(try write(seed: 1).shards.map { try Data(contentsOf: $0) } != first)
    }

    @Test func nothingIsWrittenOver() throws {
        try write()
        #expect(throws: DatasetError.exists(url("shards/train-000000.tar").relativePath)) { try write() }
        try write("val")
        #expect(throws: DatasetError.self) {
            try ShardWriter(url("set/inner")).write(photos(), named: "train")
        }
        try scratch.photo("other/a/0.jpg")
        try scratch.photo("other/b/0.jpg")
        #expect(throws: DatasetError.self) {
            try ShardWriter(url("shards")).write(ImageFolder(url("other")), named: "test")
        }
    }

    @Test func theTarCommandUnpacksThem() throws {
        let written = try write()
        try FileManager.default.createDirectory(at: url("out"), withIntermediateDirectories: true)
        for shard in written.shards { try run("tar", "-xf", shard.path, in: url("out")) }
        let unpacked = try ImageFolder(url("out"))
        #expect(unpacked.count == 13 && unpacked.classes == ["daisy", "rose"])
        let contents = { (folder: ImageFolder) in Set(try folder.files.map { try Data(contentsOf: $0) }) }
        #expect(try contents(unpacked) == contents(photos()))
    }

    @Test("Archives of other programs", arguments: ["ustar", "pax", "gnu"])
    func otherArchives(format: String) throws {
        // Longer than the 100 bytes of a header's field; with a space; and in a folder.
        let long =
            "folder with a space/" + String(repeating: "long", count: format == "ustar" ? 15 : 50) + "é"
        for (number, name) in [long, "a", "b"].enumerated() {
            try scratch.photo("plain/\(name).jpg", shade: UInt8(number * 50))
            try Data("\(number)\n".utf8).write(to: url("plain/\(name).cls"))
            try Data("{}".utf8).write(to: url("plain/\(name).json"))
        }
        try run(
            "tar", "--format", format, "-cf", "../plain.tar", "a.json", "a.jpg", "a.cls", "b.cls", "b.jpg",
            "folder with a space", in: url("plain"))
        let shards = try PhotoShards([url("plain.tar")], classes: ["x", "y", "z"], transform)
        #expect(shards.unreadable.isEmpty && shards.count == 3)
        #expect(shards.files.map(\.path).contains(url("plain.tar/\(long).jpg").path))
        for (index, label) in shards.labels!.enumerated() {
            let name = [long, "a", "b"][label]
            let (photo, _) = try (Image(contentsOf: url("plain/\(name).jpg")), 0)
            var generator = RandomGenerator(seed: 0)
            #expect(try image(shards, index) == transform(photo, using: &generator).floats)
        }
    }

    // MARK: - Damage

    @Test func aDamagedHeaderEndsItsShard() throws {
        let shard = try write().shards[1]
        var bytes = try Data(contentsOf: shard)
        let whole = try shards().count
        // The first member's size; the last one would leave all but one photo.
        bytes[130] ^= 1
        try bytes.write(to: shard)
        try FileManager.default.removeItem(at: shard.appendingPathExtension("index"))
        let damaged = try shards()
        #expect(damaged.count < whole && damaged.unreadable.map(\.file.path) == [shard.path])
        #expect(damaged.unreadable[0].description.contains("at byte 0, what should be a member's header"))
        #expect(throws: ImageError.self) { try shards(strict: true) }
    }

    /// Writes a header with a right checksum.
    private func header(_ kind: String, size: String) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        for (text, position) in [("a.jpg", 0), (size, 124), ("        ", 148), (kind, 156)] {
            header.replaceSubrange(position..<position + text.utf8.count, with: text.utf8)
        }
        let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        let sum = String(repeating: "0", count: 6 - digits.count) + digits
        header.replaceSubrange(148..<154, with: sum.utf8)
        return header
    }

    @Test(arguments: [
        ("5", "-0000002000", 0), ("0", "-0000002000", 0), ("L", "-0000002000", 0), ("x", "-0000002000", 0),
        ("0", "+0000002000", 0), ("x", "00000000005", 5), ("0", "77777777777", 0), ("x", "00000777777", 0),
    ])
    func hostileHeadersAreDamage(kind: String, size: String, count: Int) throws {
        // The record of an extended header that ends with its sign.
        let record = Array("5 ab=".utf8) + [UInt8](repeating: 0, count: 507)
        try Data(header(kind, size: size) + (count > 0 ? record : [])).write(to: url("bad.tar"))
        #expect {
            _ = try PhotoShards([url("bad.tar")], classes: ["x", "y"], transform)
        } throws: {
            guard case .noPhotosInShards(_, 1, let first) = $0 as? DatasetError else { return kind == "5" }
            return kind == "5" || first?.contains("is damaged: at byte 0") == true
        }
    }

    @Test func linksHaveNoBytes() throws {
        let shard = try write().shards[0]
        let bytes = try Data(contentsOf: shard)
        try FileManager.default.removeItem(at: shard.appendingPathExtension("index"))
        let whole = try shards().count
        try Data(header("1", size: "00000001000") + Array(bytes)).write(to: shard)
        #expect(try shards().count == whole && shards().unreadable.isEmpty)
    }

    @Test func shardsWithoutPhotosAreNotKept() throws {
        for file in try photos().files { try Data("text".utf8).write(to: file) }
        let folder = try ImageFolder(url("set"), readsHeaders: false)
        #expect {
            _ = try ShardWriter(url("shards")).write(folder, named: "train")
        } throws: {
            guard case .nothingWritten(_, 13, _) = $0 as? DatasetError else { return false }
            return true
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: url("shards").path).isEmpty)
    }

    @Test func namesOfShardsAreNotMixed() throws {
        try write("train-val")
        try write("train")
        #expect(try shards().count == 13)
    }

    @Test func aCutShardGivesItsBeginning() throws {
        let shard = try write().shards[0]
        let bytes = try Data(contentsOf: shard)
        for length in [bytes.count - 1024, bytes.count / 2, 700, 100, 0] {
            try bytes.prefix(length).write(to: shard)
            let found = try shards()
            #expect(found.count <= 13 && found.count >= 9)
            let isCut = ![bytes.count - 1024, 0].contains(length)
            #expect(found.unreadable.isEmpty != isCut, "\(length): \(found.unreadable)")
        }
    }

    @Test func membersThatCannotBeUsedAreNamed() throws {
        for name in ["a", "b", "c", "d", "e"] { try scratch.photo("plain/\(name).jpg") }
        try Data("one".utf8).write(to: url("plain/b.cls"))
        try Data("3".utf8).write(to: url("plain/c.cls"))
        try Data("1".utf8).write(to: url("plain/d.cls"))
        try Data("1".utf8).write(to: url("plain/f.cls"))
        try Data("-1".utf8).write(to: url("plain/e.cls"))
        try run(
            "tar", "-cf", "../plain.tar", "./a.jpg", "b.cls", "b.jpg", "c.cls", "c.jpg", "./d.cls", "./d.jpg",
            "e.jpg", "e.cls", "f.cls", in: url("plain"))
        let shards = try PhotoShards([url("plain.tar")], classes: ["x", "y", "z"], transform)
        #expect(shards.files.map(\.path) == [url("plain.tar/d.jpg").path])
        let reasons = shards.unreadable.map(\.description).joined(separator: "\n")
        for reason in [
            "no .cls beside it", "b.jpg cannot be read: its .cls holds no number", "but no image beside it",
            "its class is 3, and there are 3 classes", "e.jpg cannot be read: its .cls holds no number",
        ] { #expect(reasons.contains(reason), "\(reasons)") }
        #expect(throws: DatasetError.self) {
            try run("tar", "-cf", "../none.tar", "a.jpg", in: url("plain"))
            _ = try PhotoShards([url("none.tar")], classes: ["x", "y"], transform)
        }
        #expect(throws: ImageError.self) { try PhotoShards([url("nowhere.tar")], classes: ["x"], transform) }
    }

    @Test func anIndexOfAnotherShardIsNotUsed() throws {
        let shard = try write().shards[0]
        let index = shard.appendingPathExtension("index")
        let whole = try shards()
        let text = try String(contentsOf: index, encoding: .utf8)
        for wrong in [
            text.replacing(/^shard index 1 \d+/, with: "shard index 1 5"), "", "shard index 2", text + "x",
            text + "0 99999999 1 name.jpg\n", text + "-1 5 1 name.jpg\n",
        ] {
            try Data(wrong.utf8).write(to: index)
            #expect(try shards().files == whole.files && shards().labels == whole.labels)
        }
    }

    @Test func aPhotoDamagedInItsShardIsSkippedAndReported() throws {
        let shard = try write().shards[0]
        var bytes = try Data(contentsOf: shard)
        bytes.replaceSubrange(512..<600, with: Data(count: 88))
        try bytes.write(to: shard)
        let data = try shards()
        let batches = DataLoader(data, batchSize: 4, workers: 2).batches(epoch: 0)
        var (count, skipped): (Int, [SkippedSample]) = (0, [])
        while let batch = try batches.next() {
            count += batch.indices.count
            skipped += batch.skipped
        }
        #expect(count == 12 && skipped.map(\.index) == [0])
        #expect("\(skipped[0].error)".hasPrefix(data.files[0].path))
    }

    @Test func mutatedShardsAreHarmless() throws {
        let shard = try write().shards[0]
        let bytes = Array(try Data(contentsOf: shard))
        try FileManager.default.removeItem(at: shard.appendingPathExtension("index"))
        let pieces: [[UInt8]] = ["77777777777", "\0", "x", "L", "52 path=", "99999999"].map { Array($0.utf8) }
        var generator = RandomGenerator(seed: 5)
        for _ in 0..<Mutation.count(unlessTold: 300) {
            try Data(Mutation.mutated(bytes, pieces: pieces, using: &generator)).write(to: shard)
            let data = try shards()
            for index in 0..<data.count {
                var generator = RandomGenerator(seed: 0)
                _ = try? data.sample(at: index, using: &generator)
            }
        }
    }

    // MARK: - Order

    @Test func anEpochGoesThroughTheShardsOneAfterAnother() throws {
        try write()
        var data = try shards()
        data.shuffleBuffer = 2
        let loader = DataLoader(data, batchSize: 4, shuffle: true, seed: 3, workers: 0)
        var orders: [[Int]] = []
        for epoch in 0..<2 {
            let batches = loader.batches(epoch: epoch)
            var order: [Int] = []
            while let batch = try batches.next() { order += batch.indices }
            orders.append(order)
        }
        #expect(orders[0] != orders[1])
        for order in orders {
            #expect(order.sorted() == Array(0..<13))
            // With a buffer of two, a photo comes one place early at most, or late as chance has it; with all
            // of them mixed, the shards would change about ten times.
            let shards = order.map { data.files[$0].deletingLastPathComponent().deletingLastPathComponent() }
            let changes = zip(shards, shards.dropFirst()).count { $0 != $1 }
            #expect(changes < 9, "\(shards.map(\.lastPathComponent))")
        }
    }

    @Test(arguments: [1, 2, 3, 20]) func processesReadDifferentShards(size: Int) throws {
        try write()
        let data = try shards()
        let whole = DataLoader(data, batchSize: 2, shuffle: true, seed: 3, workers: 0)
        var parts: [[Int]] = []
        for rank in 0..<size {
            let batches = whole.divided(among: size, rank: rank).batches(epoch: 1)
            var part: [Int] = []
            while let batch = try batches.next() { part += batch.indices }
            parts.append(part)
        }
        #expect(parts.flatMap { $0 }.sorted() == Array(0..<13))
        // Rows end early at the end of the epoch only.
        let shards = parts.map { part in
            Set(part.prefix(2).map { data.files[$0].pathComponents.dropLast(2).last! })
        }
        if size == 2 { #expect(shards[0].isDisjoint(with: shards[1])) }
    }

    @Test func bracesNameARange() throws {
        #expect(
            try URL.shards("a/x-{008..010}.tar").map(\.relativePath) == [
                "a/x-008.tar", "a/x-009.tar", "a/x-010.tar",
            ])
        #expect(try URL.shards("a/x.tar").map(\.relativePath) == ["a/x.tar"])
        for wrong in ["{1..}.tar", "{a..b}.tar", "{3..1}.tar", "{0..99999999999}", "{-1..2}"] {
            #expect(throws: DatasetError.self) { try URL.shards(wrong) }
        }
    }
}
