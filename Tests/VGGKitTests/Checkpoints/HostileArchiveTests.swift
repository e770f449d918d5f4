// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

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

    /// Python's zlib makes a thousand zeros of each byte; the file says so honestly, or lies.
    @Test func aBombIsNotInflated() throws {
        let bomb = try Data(contentsOf: CheckpointFixture.url("bomb.pth"))
        #expect(bomb.count < 200_000)
        #expect(try error([UInt8](bomb)).contains("would inflate to"))
        var lying = [UInt8](bomb)
        for place in entries(lying) where lying[place + 10] == 8 {
            lying.replaceSubrange(place + 24..<place + 28, with: [0, 16, 0, 0])
        }
        #expect(try error(lying).contains("deflated stream"))
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
        ] as [([UInt8], String)])
    func otherFormatsAreNamed(bytes: [UInt8], mention: String) throws {
        #expect(try error(bytes).contains(mention))
    }
}
