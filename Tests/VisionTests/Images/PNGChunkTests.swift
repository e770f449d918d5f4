// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// What chunks claim, lack, and say besides.
@Suite struct PNGChunkTests {
    private static let source = Image(
        width: 3, height: 2, channels: 3, pixels: (0..<18).map { UInt8($0 * 13) })

    private static func claiming(_ name: String) -> PNGFile {
        var chunk = PNGFile.Chunk(name, Array("Key\0".utf8))
        chunk.claimedLength = 0x7FFF_FFFF
        chunk.hasChecksum = false
        var file = PNGFile(source)
        file.chunks = [file.chunks[0], chunk]
        return file
    }

    /// In 45 bytes and with the reason that only its own length gives: nothing was read, and so nothing
    /// allocated, for it.
    @Test(arguments: ["tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "sPLT", "tRNS", "abCd"])
    func whatAChunkClaimsIsNotAllocated(name: String) throws {
        let data = Self.claiming(name).data
        #expect(data.count == 45)
        let reason = "its chunk \(name) claims 2147483647 bytes, 4 are there"
        #expect(throws: ImageError.truncated(source: "image data", reason: reason)) { try ImageHeader(data) }
        #expect(throws: ImageError.truncated(source: "image data", reason: reason)) {
            try Image(decoding: data)
        }
        let scratch = try Scratch()
        let url = scratch.url.appending(path: "a.png")
        try data.write(to: url)
        #expect(throws: ImageError.truncated(source: url.path, reason: reason)) {
            try ImageHeader(contentsOf: url)
        }
    }

    @Test func longChunksAreSkipped() throws {
        var file = PNGFile(Self.source)
        for name in ["tEXt", "iTXt", "zTXt", "iCCP", "abCd"] {
            file.insert(.init(name, [UInt8](repeating: 65, count: 300_000)), before: "IDAT")
        }
        file.insert(.init("eXIf", PNGFile.exif(8)), before: "IEND")
        let scratch = try Scratch()
        let url = scratch.url.appending(path: "a.png")
        try file.data.write(to: url)
        #expect(try Image(contentsOf: url) == Self.source.oriented(.turnedRight))
        #expect(try ImageHeader(contentsOf: url).orientation == .turnedRight)
    }

    @Test func manyChunksOfPixelsAreSkippedTo() throws {
        var file = PNGFile(Self.source)
        let body = file.chunks.first { $0.name == "IDAT" }!.body
        file.chunks.removeAll { $0.name == "IDAT" }
        for byte in body {
            file.insert(.init("IDAT", [byte]), before: "IEND")
            file.insert(.init("IDAT", []), before: "IEND")
        }
        file.insert(.init("eXIf", PNGFile.exif(3)), before: "IEND")
        let scratch = try Scratch()
        let url = scratch.url.appending(path: "a.png")
        try file.data.write(to: url)
        #expect(try ImageHeader(contentsOf: url) == ImageHeader(file.data))
        #expect(try Image(contentsOf: url) == Self.source.oriented(.upsideDown))
    }

    @Test(arguments: Orientation.allCases, ["IDAT", "IEND"])
    func theOrientationMayStandAnywhere(orientation: Orientation, before: String) throws {
        let value = UInt8(orientation.rawValue)
        let profile =
            Array("\nexif\n      32\n".utf8) + Self.hexadecimal(Array("Exif\0\0".utf8) + PNGFile.exif(value))
        let name = Array("Raw profile type exif\0".utf8)
        let xmpName = Array("XML:com.adobe.xmp\0".utf8)
        let attribute = Array("<rdf tiff:Orientation=\"\(value)\"/>".utf8)
        let element = Array("<tiff:Orientation>\(value)</tiff:Orientation>".utf8)
        let chunks: [PNGFile.Chunk] = [
            .init("eXIf", PNGFile.exif(value)), .init("eXIf", Array("Exif\0\0".utf8) + PNGFile.exif(value)),
            .init("tEXt", name + profile), .init("zTXt", name + [0] + stored(profile)),
            .init("iTXt", xmpName + [0, 0, 0, 0] + attribute),
            .init("iTXt", xmpName + [1, 0] + Array("en\0XMP\0".utf8) + stored(element)),
        ]
        for chunk in chunks {
            var file = PNGFile(Self.source)
            file.insert(chunk, before: before)
            #expect(try Image(decoding: file.data) == Self.source.oriented(orientation), "\(chunk.name)")
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let lines = bytes.enumerated().map { index, byte in
            String(format: "%02x", byte) + (index % 36 == 35 ? "\n" : "")
        }
        return Array(lines.joined().utf8)
    }

    /// EXIF's value counts before XMP's, and XMP's where EXIF has none.
    @Test func exifComesFirst() throws {
        let xmp = PNGFile.Chunk("tEXt", Array("XML:com.adobe.xmp\0 tiff:Orientation=\"6\"".utf8))
        var noOrientation = PNGFile.exif(3)
        noOrientation[11] = 0x13
        for (exif, expected) in [
            (PNGFile.exif(3), Orientation.upsideDown), (PNGFile.exif(0), .upright),
            (noOrientation, .turnedLeft),
            ([], .turnedLeft),
        ] {
            for order in [[xmp, .init("eXIf", exif)], [.init("eXIf", exif), xmp]] {
                var file = PNGFile(Self.source)
                for chunk in order { file.insert(chunk, before: "IEND") }
                #expect(try ImageHeader(file.data).orientation == expected)
            }
        }
    }

    @Test func malformedMetadataCountsAsUpright() throws {
        let bodies: [(String, [UInt8])] = [
            ("tEXt", Array("Raw profile type exif\0\nexif\n32".utf8)),
            ("tEXt", Array("Raw profile type exif\0\nexif\n32\nxyz".utf8)),
            ("tEXt", Array("Raw profile type exif".utf8)), ("zTXt", Array("Raw profile type exif\0".utf8)),
            ("zTXt", Array("Raw profile type exif\0\0garbage".utf8)),
            ("iTXt", Array("XML:com.adobe.xmp\0".utf8)),
            ("iTXt", Array("XML:com.adobe.xmp\0\u{1}\0\0\0garbage".utf8)), ("eXIf", Array("MM".utf8)),
            ("tEXt", Array("XML:com.adobe.xmp\0tiff:Orientation".utf8)),
            ("tEXt", Array("XML:com.adobe.xmp\0tiff:Orientation=\"9\"".utf8)),
        ]
        for (name, body) in bodies {
            var file = PNGFile(Self.source)
            file.insert(.init(name, body), before: "IDAT")
            #expect(try Image(decoding: file.data) == Self.source, "\(name)")
        }
    }

    /// The pixels are whole before the file is: what comes after them may be missing.
    @Test func whatFollowsThePixelsMayBeMissing() throws {
        for image in [Self.source, try Fixture.operation("source")] {
            let whole = image.pngData
            let end = whole.count - 12
            for length in end - 4...whole.count {
                #expect(
                    try Image(decoding: whole.prefix(length)) == image, "\(length) of \(whole.count) bytes")
            }
            #expect(throws: ImageError.self) { try Image(decoding: whole.prefix(end - 24)) }
        }
    }

    /// All rows that the data before the cut make, also where a cut lies within a small chunk.
    @Test(arguments: [1, 2, 3, 6])
    func rowsBeforeACutAreKept(share: Int) throws {
        let rows = (0..<40).flatMap { row -> [UInt8] in [0] + [UInt8](repeating: UInt8(row + 1), count: 50) }
        let file = PNGFile(width: 50, height: 40, depth: 8, kind: 0, rows: rows)
        let pixelStart = 8 + 25 + 8 + 7
        let kept = 51 * (6 * share) + 20
        var options = DecodingOptions()
        options.acceptsTruncated = true
        let cut = file.data.prefix(pixelStart + kept)
        #expect(throws: ImageError.self) { try Image(decoding: cut) }
        let image = try Image(decoding: cut, options)
        for row in 0..<40 {
            #expect(image[49, row] == [row < 6 * share ? UInt8(row + 1) : 128], "row \(row)")
        }
    }

    @Test func aWrongChecksumIsDamageThatCanBeAccepted() throws {
        for name in ["IDAT", "IEND"] {
            var bytes = Array(PNGFile(Self.source).data)
            let place = try #require(bytes.firstRange(of: Array(name.utf8)))
            let length = bytes[place.lowerBound - 4..<place.lowerBound].reduce(0) { $0 << 8 | Int($1) }
            bytes[place.upperBound + length] ^= 1
            guard name == "IDAT" else {
                #expect(try Image(decoding: bytes) == Self.source)
                continue
            }
            #expect(throws: ImageError.damaged(source: "image data", reason: "IDAT: CRC error")) {
                try Image(decoding: bytes)
            }
            var options = DecodingOptions()
            options.acceptsDamaged = true
            #expect(try Image(decoding: bytes, options) == Self.source)
        }
    }

    @Test func aPNGOfApplesOwnKindIsNotDamaged() throws {
        var file = PNGFile(Self.source)
        file.chunks.insert(.init("CgBI", [0x50, 0, 0x20, 0x06]), at: 0)
        #expect {
            try Image(decoding: file.data)
        } throws: {
            if case .unsupported(_, let reason) = $0 as? ImageError { reason.contains("CgBI") } else { false }
        }
    }

    /// A file cannot hold more than it has bytes for: no memory is taken for what it claims.
    @Test func aFewBytesHoldNoLargePicture() throws {
        for (depth, kind) in [(UInt8(1), UInt8(0)), (8, 2), (16, 6)] {
            var file = PNGFile(width: 12_000, height: 12_000, depth: depth, kind: kind, rows: [0, 1, 2])
            #expect(
                throws: ImageError.corrupt(
                    source: "image data", reason: "it has too few bytes for 12000×12000 pixels")
            ) { try Image(decoding: file.data) }
            file.chunks.removeLast()
            #expect(
                throws: ImageError.truncated(
                    source: "image data", reason: "it has too few bytes for 12000×12000 pixels")
            ) { try Image(decoding: file.data) }
        }
    }
}
