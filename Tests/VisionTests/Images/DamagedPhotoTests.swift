// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// What is wrong with a photo is named: damaged is not truncated, and unsupported is not damaged.
@Suite struct DamagedPhotoTests {
    private static let photo: Data = {
        var generator = RandomGenerator(seed: 3)
        let pixels = (0..<64 * 48 * 3).map { index -> UInt8 in
            let noise = Int(generator.uniform() * 30)
            return UInt8((index / 7 + noise) % 256)
        }
        return Image(width: 64, height: 48, channels: 3, pixels: pixels).jpegData(quality: 90)
    }()

    private static let accepting: DecodingOptions = {
        var options = DecodingOptions()
        options.acceptsDamaged = true
        return options
    }()

    /// A third of the data is missing from the middle; markers and end are there.
    @Test(arguments: [3, 4, 5])
    func aHoleIsDamageThatCanBeAccepted(part: Int) throws {
        let middle = Self.photo.count * part / 9
        let bytes = Self.photo.prefix(middle) + Self.photo.dropFirst(middle + Self.photo.count / 3)
        #expect {
            try Image(decoding: bytes)
        } throws: {
            if case .damaged(_, let reason) = $0 as? ImageError {
                reason.contains("Corrupt JPEG data")
            } else {
                false
            }
        }
        let image = try Image(decoding: bytes, Self.accepting)
        #expect(image.size == Extent(48, 64))
        // What comes before the hole is as it was.
        let block = PixelRect(x: 0, y: 0, width: 8, height: 8)
        #expect(try image.cropped(to: block) == Image(decoding: Self.photo).cropped(to: block))
    }

    @Test func aCutIsNoDamageThatIsAccepted() throws {
        for length in [Self.photo.count / 2, Self.photo.count - 100] {
            for options in [DecodingOptions(), Self.accepting] {
                #expect {
                    try Image(decoding: Self.photo.prefix(length), options)
                } throws: {
                    if case .truncated = $0 as? ImageError { true } else { false }
                }
            }
        }
    }

    /// The frame's marker and the precision that follows its length.
    @Test(arguments: [(UInt8(0xC0), UInt8(12)), (0xC3, 8), (0xC5, 8), (0xCD, 8)])
    func otherKindsOfJPEGAreNotDamaged(marker: UInt8, precision: UInt8) throws {
        var bytes = Array(Self.photo)
        let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0])).lowerBound
        bytes[frame + 1] = marker
        bytes[frame + 4] = precision
        #expect {
            try Image(decoding: bytes, Self.accepting)
        } throws: {
            if case .unsupported = $0 as? ImageError { "\($0)".contains("convert it") } else { false }
        }
    }

    @Test func aFewBytesHoldNoLargeJPEG() throws {
        var bytes = Array(Self.photo)
        let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0])).lowerBound
        for (offset, value) in [0x27, 0x10, 0x27, 0x10].enumerated() {
            bytes[frame + 5 + offset] = UInt8(value)
        }
        #expect(
            throws: ImageError.corrupt(
                source: "image data", reason: "it has too few bytes for 10000×10000 pixels")
        ) { try Image(decoding: bytes) }
    }

    /// A PNG that lacks its last checksum is whole; what its other checksums say still counts.
    @Test func aMissingChecksumHidesNoDamage() throws {
        var file = PNGFile(width: 1, height: 4, depth: 8, kind: 0, rows: [0, 10, 0, 20, 0, 30, 0, 40])
        let body = file.chunks[1].body
        file.chunks = [file.chunks[0], .init("IDAT", Array(body[..<12])), .init("IDAT", Array(body[12...]))]
        let whole = try Image(decoding: file.data)
        for missing in 1...4 {
            #expect(try Image(decoding: file.data.dropLast(missing)) == whole)
            var bytes = Array(file.data.dropLast(missing))
            // A stored pixel of the first chunk, which inflates all the same.
            bytes[try #require(bytes[40...].firstIndex(of: 10))] = 11
            #expect {
                try Image(decoding: bytes)
            } throws: {
                if case .damaged = $0 as? ImageError { true } else { false }
            }
        }
    }

    /// What comes before the break is there, and the rest is grey.
    @Test func aBrokenPNGIsDamageThatCanBeAccepted() throws {
        let rows = (0..<20).flatMap { row in [UInt8(0)] + [UInt8](repeating: UInt8(row * 5), count: 8) }
        var file = PNGFile(width: 8, height: 20, depth: 8, kind: 0, rows: Array(rows[..<90]))
        let whole = PNGFile(width: 8, height: 20, depth: 8, kind: 0, rows: rows)
        // A block that says it is not the last, and then what is no block.
        file.chunks[1].body[2] = 0
        file.chunks[1].body.replaceSubrange(
            (file.chunks[1].body.count - 4)..., with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect {
            try Image(decoding: file.data)
        } throws: {
            if case .damaged = $0 as? ImageError { true } else { false }
        }
        let image = try Image(decoding: file.data, Self.accepting)
        let first = PixelRect(x: 0, y: 0, width: 8, height: 9)
        #expect(try image.cropped(to: first) == Image(decoding: whole.data).cropped(to: first))
        #expect(
            image.cropped(to: PixelRect(x: 0, y: 12, width: 8, height: 8)).pixels.allSatisfy { $0 == 128 })
    }

    /// Pass seven of an interlaced PNG leaves out the last row of an odd number of them.
    @Test func anInterlacedPNGThatLacksItsTailIsWhole() throws {
        // Of 1×1 pixels, all but the first pass are empty.
        for (width, height) in [(1, 1), (1, 3), (2, 1), (3, 5)] {
            let passes: [(x: Int, y: Int, dx: Int, dy: Int)] = [
                (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                (0, 1, 1, 2),
            ]
            func pixel(_ x: Int, _ y: Int) -> UInt8 { UInt8(40 * y + 7 * x + 1) }
            let rows = passes.flatMap { pass -> [UInt8] in
                let columns = Array(stride(from: pass.x, to: width, by: pass.dx))
                guard !columns.isEmpty else { return [] }
                return stride(from: pass.y, to: height, by: pass.dy).flatMap { y in
                    [0] + columns.map { pixel($0, y) }
                }
            }
            var file = PNGFile(width: UInt32(width), height: UInt32(height), depth: 8, kind: 0, rows: rows)
            file.chunks[0].body[12] = 1
            let expected = Image(
                width: width, height: height, channels: 1,
                pixels: (0..<height).flatMap { y in (0..<width).map { pixel($0, y) } })
            #expect(try Image(decoding: file.data) == expected)
            // Without the end of the file, its last checksum, and the check of zlib's data.
            #expect(try Image(decoding: file.data.dropLast(12 + 4 + 4)) == expected, "\(width)×\(height)")
        }
    }

    @Test func xmpTurnsAPhotoWithoutEXIF() throws {
        let body = Array("http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation=\"6\"/>".utf8)
        let segment = [0xFF, 0xE1, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
        let bytes = Self.photo.prefix(2) + segment + Self.photo.dropFirst(2)
        #expect(try Image(decoding: bytes) == Image(decoding: Self.photo).oriented(.turnedLeft))
    }
}
