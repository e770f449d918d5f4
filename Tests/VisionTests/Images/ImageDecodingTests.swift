// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

@Suite struct ImageDecodingTests {
    @Test(arguments: Fixture.decodedNames)
    func pixelsArePillows(name: String) throws {
        let image = try Image(decoding: Fixture.file(name))
        expectEqual(image, try Fixture.decoded(name))
    }

    @Test func onePixelIsChangedWithoutCopyingTheOthers() {
        var image = Image(width: 50, height: 40, color: [1, 2, 3])
        let address = image.pixels.withUnsafeBytes { $0.baseAddress }
        image.pixels[4] = 0
        #expect(image.pixels[3...5] == [1, 0, 3])
        #expect(image.pixels.withUnsafeBytes { $0.baseAddress } == address)
    }

    @Test func thereAreFixtures() {
        #expect(Fixture.decodedNames.count >= 19)
    }

    @Test func theHeaderTellsSizeAndOrientation() throws {
        for orientation in 1...8 {
            let header = try ImageHeader(
                contentsOf: Fixture.folder.appending(path: "orientation-\(orientation).jpg"))
            #expect(header.orientation.rawValue == orientation)
            #expect(header.size == Extent(29, 37))
            #expect(header.uprightSize == (orientation >= 5 ? Extent(37, 29) : Extent(29, 37)))
        }
    }

    @Test func orientationCanBeLeftAlone() throws {
        var options = DecodingOptions()
        options.appliesOrientation = false
        let image = try Image(decoding: Fixture.file("orientation-6.jpg"), options)
        #expect((image.width, image.height) == (37, 29))
    }

    /// Whatever the length, there is an error, or a picture where only the end mark is missing.
    @Test(arguments: ["baseline.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.png"])
    func aTruncatedFileIsAnError(name: String) throws {
        let whole = try Fixture.file(name)
        // A PNG's pixels end before its last twelve bytes, and their checksums eight before that; deflate's
        // last code comes before.
        for length in 0..<whole.count - (name.hasSuffix(".png") ? 24 : 2) {
            #expect(throws: ImageError.self, "the first \(length) of \(whole.count) bytes") {
                try Image(decoding: whole.prefix(length))
            }
        }
    }

    @Test func theBeginningOfATruncatedPhotoCanBeUsed() throws {
        var options = DecodingOptions()
        options.acceptsTruncated = true
        let whole = try Fixture.file("baseline.jpg")
        let part = try Image(decoding: whole.dropLast(80), options)
        let expected = try Fixture.decoded("baseline.jpg")
        #expect((part.width, part.height) == (expected.width, expected.height))
        #expect(
            part.pixels.prefix(37 * 3 * 4).elementsEqual(try Image(decoding: whole).pixels.prefix(37 * 3 * 4))
        )
    }

    /// Damage gives an error or a picture, never a crash; and within bounds.
    @Test(arguments: [
        "baseline.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "palette.png",
        "orientation-6.jpg",
    ])
    func damageIsSurvived(name: String) throws {
        let whole = try Fixture.file(name)
        var options = DecodingOptions()
        options.pixelLimit = 1 << 20
        var generator = RandomGenerator(seed: 11)
        for _ in 0..<1500 {
            var bytes = whole
            for _ in 0...Int(generator.uniform() * 4) {
                bytes[Int(generator.uniform() * Float(bytes.count))] = UInt8(
                    truncatingIfNeeded: generator.nextWord())
            }
            if let image = try? Image(decoding: bytes, options) {
                #expect(image.width * image.height <= 1 << 20)
            }
        }
    }

    @Test func whatIsNoImageIsNamed() throws {
        #expect(throws: ImageError.notAnImage(source: "image data", beginsWith: [])) {
            try Image(decoding: Data())
        }
        #expect(throws: ImageError.notAnImage(source: "image data", beginsWith: Array("GIF89a....".utf8))) {
            try Image(decoding: Data("GIF89a....".utf8))
        }
        #expect(throws: ImageError.unreadable(source: "/nowhere.jpg", reason: "there is no such file")) {
            try Image(contentsOf: URL(filePath: "/nowhere.jpg"))
        }
        #expect(throws: ImageError.unreadable(source: "/tmp", reason: "it is a folder")) {
            try Image(contentsOf: URL(filePath: "/tmp"))
        }
    }

    /// A file of a few hundred bytes that claims 30000×30000 pixels.
    @Test func hugeClaimsAreRefusedBeforeMemoryIsTaken() throws {
        var bytes = try Fixture.file("grey.jpg")
        let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0]))
        for (offset, byte) in [0x75, 0x30, 0x75, 0x30].enumerated() {
            bytes[frame.lowerBound + 5 + offset] = UInt8(byte)
        }
        #expect(
            throws: ImageError.tooLarge(source: "image data", width: 30000, height: 30000, limit: 178_956_970)
        ) {
            try Image(decoding: bytes)
        }
    }

    @Test func decodingAtAFractionKeepsBothSidesLongEnough() throws {
        let photo = Image(width: 400, height: 300, color: [10, 200, 90]).jpegData()
        var options = DecodingOptions()
        for (wanted, size) in [
            (Extent(30, 50), Extent(38, 50)), (Extent(75, 100), Extent(75, 100)),
            (Extent(76, 100), Extent(150, 200)),
            (Extent(151, 10), Extent(300, 400)), (Extent(900, 900), Extent(300, 400)),
        ] {
            options.smallestUsefulSize = wanted
            let image = try Image(decoding: photo, options)
            #expect(Extent(image.height, image.width) == size)
        }
    }

    @Test func onePixel() throws {
        let dot = Image(width: 1, height: 1, channels: 3, pixels: [200, 100, 50])
        #expect(try Image(decoding: dot.pngData) == dot)
        expectEqual(try Image(decoding: dot.jpegData(quality: 100)), dot, levels: 3)
    }
}

@Suite struct ImageEncodingTests {
    @Test func pngGivesTheSamePixelsBack() throws {
        for name in ["source", "luminance"] {
            let image = try Fixture.operation(name)
            #expect(try Image(decoding: image.pngData) == image)
        }
    }

    @Test func jpegGivesNearlyTheSamePixelsBack() throws {
        var pixels: [UInt8] = []
        for place in 0..<64 * 48 { pixels += [UInt8(place % 64 * 4), UInt8(place / 64 * 5), 128] }
        let image = Image(width: 64, height: 48, channels: 3, pixels: pixels)
        expectEqual(try Image(decoding: image.jpegData(quality: 95)), image, levels: 12)
    }

    @Test func whereAFileCannotGoThereIsAnError() throws {
        let image = Image(width: 2, height: 2, color: [1, 2, 3])
        #expect(throws: ImageError.self) { try image.write(to: URL(filePath: "/nowhere/at/all.png")) }
        #expect {
            try image.write(to: URL(filePath: "/tmp/picture.gif"))
        } throws: {
            "\($0)".contains("'.gif' is neither .jpg, .jpeg nor .png")
        }
    }

    @Test func aWrittenFileReadsBack() throws {
        let scratch = try Scratch()
        let image = try Fixture.operation("source")
        let url = scratch.url.appending(path: "picture.png")
        try image.write(to: url)
        #expect(try Image(contentsOf: url) == image)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["picture.png"])
    }
}

@Suite(.enabled(if: ExternalData.isThere, "the external photos are absent")) struct RealPhotoTests {
    private func photo(_ name: String) throws -> Image {
        try Image(contentsOf: ExternalData.folder.appending(path: "jpeg/\(name)"))
    }

    @Test func photosOfAllOrientationsLookTheSame() throws {
        let upright = try photo("exif_orientation_1.jpg")
        for orientation in [3, 6, 8] {
            let turned = try photo("exif_orientation_\(orientation).jpg")
            #expect((turned.width, turned.height) == (upright.width, upright.height))
            let difference = zip(turned.pixels, upright.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            #expect(difference / upright.pixels.count < 12)
        }
    }

    @Test func colourSpacesAndTruncation() throws {
        #expect(try photo("gray.jpg").channels == 1)
        #expect(try photo("cmyk.jpg").channels == 3)
        #expect(throws: ImageError.self) { try photo("truncated.jpg") }
    }

    @Test func theFlowersAreAllThere() throws {
        let photos = ExternalData.folder.appending(path: "flower_photos")
        for (part, count) in [("train", 2934), ("val", 736)] {
            let folder = try ImageFolder(photos.appending(path: part))
            #expect(folder.count == count && folder.unreadable.isEmpty)
            #expect(folder.classes == ["daisy", "dandelion", "roses", "sunflowers", "tulips"])
        }
    }
}
