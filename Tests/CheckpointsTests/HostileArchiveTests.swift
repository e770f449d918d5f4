// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// ZIP archives that mean harm.
@Suite struct HostileArchiveTests {
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "hostile.pth") }

    private func whole() throws -> [UInt8] {
        try PickleBuilder.archive(
            PickleBuilder.make { $0.tensor(count: 16, shape: [4, 4], strides: [4, 1]) }, to: url)
        return [UInt8](try Data(contentsOf: url))
    }

    private func error(_ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: url)
        return "\(try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) })"
    }

    /// The places of the directory's entries.
    private func entries(_ bytes: [UInt8]) -> [Int] {
        bytes.indices.filter { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }
    }

    private func patched(_ bytes: [UInt8], at place: Int, _ patch: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(place..<place + patch.count, with: patch)
        return bytes
    }

    @Test func fieldsOfTheDirectoryThatCannotBeAreErrors() throws {
        let bytes = try whole()
        let entry = entries(bytes)[1]
        #expect(try error(patched(bytes, at: entry + 8, [1, 0])).contains("encryption"))
        #expect(try error(patched(bytes, at: entry + 10, [12, 0])).contains("compression method 12"))
        #expect(try error(patched(bytes, at: entry + 24, [0, 0, 0, 1])).contains("what fits"))
        #expect(try error(patched(bytes, at: entry + 20, [0, 0, 0, 1, 0, 0, 0, 1])).contains("what fits"))
        #expect(
            try error(patched(bytes, at: entry + 20, [UInt8](repeating: 255, count: 8))).contains(
                "64-bit size"))
        #expect(try error(patched(bytes, at: entry + 42, [3, 0, 0, 0])).contains("local header"))
        #expect(try error(patched(bytes, at: entry + 42, [255, 255, 255, 127])).contains("local header"))
        #expect(try error(patched(bytes, at: bytes.count - 14, [9, 0, 9, 0])).contains("directory"))
        #expect(try error(patched(bytes, at: bytes.count - 6, [255, 255, 255, 255])).contains("directory"))
        #expect(try error(bytes + [0]).contains("no directory at the end"))
    }

    @Test func entriesThatOverlapAreAnError() throws {
        let bytes = try whole()
        let second = entries(bytes)[1]
        let place = Int(bytes[second + 42]) + Int(bytes[second + 43]) << 8
        let length = entries(bytes)[0] - place - 50
        // The second entry's contents go on over the third.
        let size = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        #expect(try error(patched(bytes, at: second + 20, size + size)).contains("an entry within another"))
    }

    @Test func aDamagedPickleIsFoundByItsChecksum() throws {
        let bytes = try whole()
        let place = bytes.indices.first { bytes[$0...].starts(with: "FloatStorage".utf8) }!
        #expect(try error(patched(bytes, at: place, Array("L".utf8))).contains("checksum"))
    }

    @Test(arguments: [
        "../x", "/etc/passwd", "a/../../b", "a\\..\\b", "C:/x", "a//b", ".", "a/./b", "a\u{1}b",
    ])
    func namesThatLeadElsewhereAreErrors(name: String) throws {
        try PickleBuilder.archive(PickleBuilder.make { $0.code("}") }, more: [(name, [1])], to: url)
        #expect(try error([UInt8](try Data(contentsOf: url))).contains("a relative path"), "\(name)")
    }

    @Test func aSecondEntryOfTheSameNameIsAnError() throws {
        try PickleBuilder.archive(
            PickleBuilder.make { $0.code("}") }, more: [("archive/data/0", [1])], to: url)
        #expect(try error([UInt8](try Data(contentsOf: url))).contains("a second time"))
    }

    /// Zeros shrink to a thousandth: such a file is one, as long as the memory for it is there.
    @Test func zerosThatShrinkToAThousandthAreRead() throws {
        let pth = try Checkpoint(contentsOf: CheckpointFixture.url("bomb.pth"))
        #expect(pth["w"]!.shape == [1 << 24])
        #expect(pth["w"]!.floats.last == 0)
        let npz = CheckpointFixture.url("zeros.npz")
        #expect(try Data(contentsOf: npz).count < 8192)
        #expect(try Checkpoint(contentsOf: npz)["m"]!.floats == [Float](repeating: 0, count: 1 << 20))
    }

    /// Entries that claim to become more than memory, each as much as it could.
    @Test func aBombIsNotInflated() throws {
        var archive = PlainZIP()
        archive.add("m.npy", NumPy.header("<f4", "(1,)") + [0, 0, 0, 0])
        for number in 0..<9 {
            archive.add("\(number).npy", [UInt8](repeating: 0, count: 1 << 20), inflated: 1 << 30)
        }
        #expect(try error(archive.finished).contains("would inflate to \(9 << 30)"))
    }

    /// The size that the directory claims of a packed entry is held against what the stream could become,
    /// what the array says of itself, and what the stream becomes.
    @Test func aFalseSizeOfAPackedEntryIsAnError() throws {
        func claiming(_ size: Int, _ file: String) throws -> [UInt8] {
            var lying = [UInt8](try Data(contentsOf: CheckpointFixture.url(file)))
            for place in entries(lying)
            where lying[place + 10] == 8 && lying[place + 26] | lying[place + 27] > 0 {
                lying.replaceSubrange(
                    place + 24..<place + 28, with: (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
                )
            }
            return lying
        }
        #expect(try error(claiming(4 << 29, "bomb.pth")).contains("no more than deflated bytes can"))
        #expect(
            try error(claiming(1 << 20, "bomb.pth")).contains(
                "would inflate to 1048576 bytes, expected 67108864"))
        #expect(
            try error(claiming(4 << 20, "zeros.npz")).contains("expected 4194304 for the shape [1024, 1024]"))
        var broken = [UInt8](try Data(contentsOf: CheckpointFixture.url("deflated.pth")))
        let start = 30 + Int(broken[26]) + Int(broken[28])
        // A block of the kind that there is none of.
        broken[start] = 0x07
        #expect(try error(broken).contains("deflated stream"))
    }

    @Test func aStorageOfTheWrongLengthIsAnError() throws {
        let pickle = PickleBuilder.make { $0.tensor(count: 16, shape: [4, 4], strides: [4, 1]) }
        try PickleBuilder.archive(pickle, storage: [UInt8](repeating: 0, count: 60), to: url)
        #expect(try error([UInt8](try Data(contentsOf: url))).contains("has 60 bytes, expected 64"))
    }

    @Test func anArchiveOfSomethingElseIsAnError() throws {
        var archive = PlainZIP()
        archive.add("word/document.xml", [1])
        #expect(try error(archive.finished).contains("neither PyTorch"))
    }

    @Test(
        arguments: [
            ([0x89] + Array("HDF\r\n".utf8), "HDF5"), ([0x1F, 0x8B], "gzip"), ([0x80, 0x04, 0x95], "pickle"),
            ([UInt8](repeating: 0, count: 257) + Array("ustar".utf8), "tar archive"),
            (
                Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 553433881\n".utf8),
                "it is a Git LFS pointer, not the weights; run git lfs pull"
            ),
            (Array("\n<!DOCTYPE html>\n<html>".utf8), "a web page"),
            (Array("<HTML><head>".utf8), "a web page"),
            ([0xEF, 0xBB, 0xBF] + Array("<html>".utf8), "a web page"),
            (Array("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>".utf8), "it is XML"),
            (Array("{\"error\": \"Entry not found\"}".utf8), "it is JSON"),
            (Array("{\n  \"weight_map\": {}}".utf8), "it is JSON"), ([], "it is empty"),
            ([0xFF, 0xD8, 0xFF, 0xE0, 0, 16], "a photo"), (Array("Not Found, sorry".utf8), "\"Not Foun\""),
            ([8, 1, 0x12, 7, 0x70, 0x79, 0x74, 0x6F, 0x72, 0x63, 0x68], "08 01 12 07 70 79 74 6f"),
        ] as [([UInt8], String)])
    func otherFormatsAreNamed(bytes: [UInt8], mention: String) throws {
        #expect(try error(bytes).contains(mention))
    }
}
