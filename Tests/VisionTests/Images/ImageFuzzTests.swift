// SPDX-License-Identifier: Apache-2.0

import CZlib
import Foundation
import TensorCore
import TestSupport
import Testing
import Vision

/// JPEGs and PNGs broken in every way, through the scan of a folder and the decoder: what comes of them is an
/// error or a picture, in no more memory than four times that of the picture, of a JPEG in whole blocks. By
/// hand, for long, a million files: `VGGKIT_FUZZ_MUTATIONS=20000 swift test -c release --filter ImageFuzz`.
@Suite struct ImageFuzzTests {
    /// In a process of its own, in which memory can be measured and which may crash.
    @Test(arguments: ["jpg", "png"]) func brokenPhotosAreErrorsOrPicturesInLittleMemory(kind: String) async {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)")
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            [kind = kind as String, path = folder.path as String] in
            try ImageFuzz(kind, in: URL(filePath: path)).run()
        }
        if result?.exitStatus == .exitCode(EXIT_SUCCESS) {
            try? FileManager.default.removeItem(at: folder)
        } else {
            Issue.record("what was being read is still in \(folder.path)")
        }
    }
}

/// Breaks each of the fixtures of a kind again and again, always in the same ways.
private struct ImageFuzz {
    private static let mutations = Mutation.count(unlessTold: 40)
    /// Files that are in the folder at a time.
    private static let batch = 40
    /// Of what libjpeg decodes: whole blocks of up to 32×32 pixels, which is much more than a picture that is
    /// a line.
    private static func area(inBlocks size: Extent) -> Int {
        ((size.height + 31) / 32 * 32) * ((size.width + 31) / 32 * 32)
    }
    /// Beside the picture: tables, buffers, the file itself, and what the allocator rounds up.
    private static let allowance = 2 << 20
    private static let pieces: [String: [[UInt8]]] = [
        "jpg": Mutation.limits + [
            [0xFF, 0xD8], [0xFF, 0xD9], [0xFF, 0xDA], [0xFF, 0xC0], [0xFF, 0xC2], [0xFF, 0xC4], [0xFF, 0xDB],
            [0xFF, 0xDD], [0xFF, 0xD0], [0xFF, 0xE1], [0xFF, 0xFE], [0xFF, 0xC4, 0, 2], [0x44], [0x11],
        ],
        "png": Mutation.limits
            + ["IHDR", "IDAT", "PLTE", "tRNS", "IEND", "eXIf", "zTXt", "iCCP", "iTXt", "tEXt"].map {
                Array($0.utf8)
            }
            + [[0, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF], [1], [2], [3], [4], [6], [16]],
    ]

    private let kind: String
    private let folder: URL
    private let memory: PeakMemory?
    private let options: DecodingOptions = {
        var options = DecodingOptions()
        options.pixelLimit = 1 << 20
        return options
    }()

    init(_ kind: String, in folder: URL) throws {
        self.kind = kind
        self.folder = folder
        memory = Sanitizer.address || Sanitizer.thread ? nil : PeakMemory()
        for name in ["a", "b"] {
            let place = folder.appending(path: name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            // A class without a photo would be an error.
            try Fixture.file("dot.jpg").write(to: place.appending(path: "whole.jpg"))
        }
    }

    func run() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Fixture.folder.path).filter {
            $0.hasSuffix(".\(kind)")
        }.sorted()
        #expect(names.count > 10)
        for name in names { try decode(Fixture.folder.appending(path: name), name) }
        memory?.limitAddressSpace(toMore: 512 << 20)
        for name in names {
            let whole = [UInt8](try Fixture.file(name))
            var generator = RandomGenerator(seed: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
            for first in stride(from: 0, to: Self.mutations, by: Self.batch) {
                try scanAndDecode(name, first) {
                    var broken = Mutation.mutated(whole, pieces: Self.pieces[kind]!, using: &generator)
                    if kind == "png" && Bool.random(using: &generator) {
                        PNGChunks.mendChecksums(of: &broken)
                    }
                    return broken
                }
            }
        }
    }

    /// Files that `next` makes, in two classes.
    private func scanAndDecode(_ name: String, _ first: Int, _ next: () -> [UInt8]) throws {
        let count = min(Self.batch, Self.mutations - first)
        let files = (0..<count).map { folder.appending(path: "\($0 % 2 == 0 ? "a" : "b")/\($0).\(kind)") }
        for file in files { try Data(next()).write(to: file) }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        try expect(atMost: 0, "the scan of \(name), mutations \(first)..<\(first + count)") {
            let found = try ImageFolder(folder)
            #expect(found.count + found.unreadable.count == count + 2)
        }
        for (index, file) in files.enumerated() { try decode(file, "\(name), mutation \(first + index)") }
    }

    /// Strictly, leniently, and in part at a smaller size.
    private func decode(_ file: URL, _ name: String) throws {
        let header = try? ImageHeader(contentsOf: file)
        let area = header.map { $0.size.area <= options.pixelLimit ? $0.size.area * $0.channels : 0 } ?? 0
        let inBlocks = header.map { kind == "jpg" ? Self.area(inBlocks: $0.size) * $0.channels : 0 } ?? 0
        let counted = area > 0 ? max(area, inBlocks) : 0
        var lenient = options
        lenient.acceptsTruncated = true
        lenient.acceptsDamaged = true
        for options in [options, lenient] {
            expect(atMost: 4 * counted, name) {
                expect(area, name) { () throws(ImageError) in try Image(contentsOf: file, options) }
            }
        }
        let bytes = try Data(contentsOf: file)
        // A part of a picture that is too large as a whole takes a row of blocks.
        let row = header.map { Self.area(inBlocks: Extent(1, $0.size.width)) * $0.channels } ?? 0
        expect(atMost: 4 * max(counted, row), "\(name), in part") {
            expect(.max, name) { () throws(ImageError) in
                var generator = RandomGenerator(seed: 1)
                return try Image(
                    decoding: bytes, for: Resize(8, allowsScaledDecoding: true), lenient, using: &generator)
            }
        }
    }

    private func expect(_ area: Int, _ name: String, _ decode: () throws(ImageError) -> Image) {
        do throws(ImageError) {
            let image = try decode()
            #expect(image.pixels.count <= area, "\(name)")
        } catch {
            #expect(!error.description.contains("emory"), "\(name): \(error)")
        }
    }

    private func expect(atMost bytes: Int, _ name: String, _ body: () throws -> Void) rethrows {
        guard let memory else { return try body() }
        let growth = try memory.growth(body)
        if growth > bytes + Self.allowance {
            Issue.record("\(name): took \(growth) bytes; \(bytes) and \(Self.allowance) are allowed")
        }
    }
}

/// The chunks of a PNG, whose checksums alone would keep most broken ones from being looked at.
enum PNGChunks {
    /// Makes the checksum of each chunk fit, as far as there are whole ones.
    static func mendChecksums(of bytes: inout [UInt8]) {
        var position = 8
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - position - 12 else { return }
            let end = position + 8 + length
            let checksum = bytes[position + 4..<end].withUnsafeBufferPointer {
                crc32(0, $0.baseAddress, uInt($0.count))
            }
            for index in 0..<4 {
                bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * index))
            }
            position = end + 4
        }
    }
}
