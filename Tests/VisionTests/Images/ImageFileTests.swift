// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

@Suite struct ImageFileTests {
    private let scratch: Scratch
    private let image = Image(width: 3, height: 2, color: [10, 200, 60])

    init() throws { scratch = try Scratch() }

    @Test(arguments: ["a.png", "a.PNG", "a.jpg", "a.JPG", "a.jpeg", "a.Jpeg"])
    func theExtensionChoosesTheFormat(name: String) throws {
        let url = scratch.url.appending(path: name)
        try image.write(to: url, quality: 100)
        #expect(
            try ImageHeader(contentsOf: url).format == (name.lowercased().hasSuffix("png") ? .png : .jpeg))
        expectEqual(try Image(contentsOf: url), image, levels: 3)
    }

    @Test(arguments: ["missing/folder/a.png", "file/a.png", "a.gif", "a", ".png"])
    func aPlaceThatCannotBeWrittenIsNamed(path: String) throws {
        try Data().write(to: scratch.url.appending(path: "file"))
        let url = scratch.url.appending(path: path)
        #expect {
            try image.write(to: url)
        } throws: {
            if case .unwritable(let source, _) = $0 as? ImageError { source == url.path } else { false }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["file"])
    }

    @Test func whereNothingCanBeWrittenThereIsAnError() {
        #expect(throws: ImageError.self) { try image.write(to: URL(filePath: "/proc/picture.png")) }
    }

    @Test func aPictureTooWideForJPEGIsAnErrorAndLeavesTheOldFile() throws {
        let url = scratch.url.appending(path: "a.jpg")
        try image.write(to: url)
        let before = try Data(contentsOf: url)
        let wide = Image(width: 65_501, height: 1, color: [1])
        #expect(throws: ImageError.self) { try wide.write(to: url) }
        #expect(try Data(contentsOf: url) == before)
        try wide.write(to: scratch.url.appending(path: "a.png"))
        #expect(try Image(contentsOf: scratch.url.appending(path: "a.png")) == wide)
    }

    @Test(arguments: ["source", "luminance"])
    func aHigherQualityIsNearerToThePicture(name: String) throws {
        let source = try Fixture.operation(name)
        let ratios = try [10, 50, 90, 100].map { quality in
            peakSignalToNoise(try Image(decoding: source.jpegData(quality: quality)), source)
        }
        #expect(ratios == ratios.sorted())
        // Colours at a sharp edge are halved in resolution.
        #expect(ratios[3] > (source.channels == 1 ? 45 : 25))
    }

    private func peakSignalToNoise(_ image: Image, _ source: Image) -> Double {
        let squares = zip(image.pixels, source.pixels).reduce(0.0) {
            let distance = Double($1.0) - Double($1.1)
            return $0 + distance * distance
        }
        return 10 * log10(255 * 255 * Double(source.pixels.count) / max(squares, 1e-9))
    }
}

@Suite struct EXIFTests {
    /// EXIF with an orientation: byte order, tag 0x0112 of type SHORT, after another entry.
    private func exif(_ orientation: UInt8, littleEndian: Bool, directory: UInt8 = 8, count: UInt8 = 2)
        -> [UInt8]
    {
        let other: [UInt8] = [0x01, 0x0F, 0, 2, 0, 0, 0, 4, 65, 66, 67, 0]
        let entry: [UInt8] = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
        let fields: [[UInt8]] = [[0, 42], [0, 0, 0, directory], [0, count]]
        let body: [UInt8]
        if littleEndian {
            func swapped(_ entry: [UInt8]) -> [UInt8] {
                [entry[1], entry[0], entry[3], entry[2]] + entry[4..<8].reversed()
                    + [entry[9], entry[8], entry[11], entry[10]]
            }
            body = fields.flatMap { $0.reversed() } + swapped(other) + swapped(entry)
        } else {
            body = fields.flatMap { $0 } + other + entry
        }
        return Array("Exif\0\0".utf8) + Array((littleEndian ? "II" : "MM").utf8) + body + [0, 0, 0, 0]
    }

    /// A fixture with segments right after the start of the image.
    private func photo(_ segments: [[UInt8]]) throws -> Data {
        let whole = try Fixture.file("baseline.jpg")
        let inserted = segments.flatMap { body -> [UInt8] in
            let length = body.count + 2
            return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + body
        }
        return whole.prefix(2) + inserted + whole.dropFirst(2)
    }

    @Test(arguments: [true, false], UInt8(1)...8)
    func bothByteOrdersAreRead(littleEndian: Bool, orientation: UInt8) throws {
        let image = try Image(decoding: photo([exif(orientation, littleEndian: littleEndian)]))
        expectEqual(image, try Fixture.decoded("orientation-\(orientation).jpg"), levels: 2)
    }

    @Test func otherMetadataMayComeFirst() throws {
        let xmp = Array("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>".utf8)
        let image = try Image(decoding: photo([xmp, exif(6, littleEndian: true)]))
        #expect((image.width, image.height) == (29, 37))
    }

    @Test func malformedMetadataCountsAsUpright() throws {
        let upright = try Image(decoding: Fixture.file("baseline.jpg"))
        for littleEndian in [true, false] {
            for bad in [
                exif(0, littleEndian: littleEndian), exif(9, littleEndian: littleEndian),
                exif(6, littleEndian: littleEndian, directory: 255),
                exif(6, littleEndian: littleEndian, count: 0),
                Array("Exif\0\0".utf8), Array("Exif\0\0MM".utf8), [],
            ] {
                #expect(try Image(decoding: photo([bad])) == upright)
            }
            let whole = exif(6, littleEndian: littleEndian)
            for length in 0..<28 {
                #expect(try Image(decoding: photo([Array(whole.prefix(length))])) == upright)
            }
        }
    }
}
