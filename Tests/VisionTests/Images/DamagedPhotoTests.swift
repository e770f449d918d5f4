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

    @Test func xmpTurnsAPhotoWithoutEXIF() throws {
        let body = Array("http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation=\"6\"/>".utf8)
        let segment = [0xFF, 0xE1, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
        let bytes = Self.photo.prefix(2) + segment + Self.photo.dropFirst(2)
        #expect(try Image(decoding: bytes) == Image(decoding: Self.photo).oriented(.turnedLeft))
    }
}
