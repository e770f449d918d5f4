// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

@Suite struct OrientationTests {
    /// What each orientation makes of the rows `12`, `34`, `56`.
    @Test(arguments: [
        (Orientation.upright, ["12", "34", "56"]), (.mirrored, ["21", "43", "65"]),
        (.upsideDown, ["65", "43", "21"]), (.flipped, ["56", "34", "12"]), (.transposed, ["135", "246"]),
        (.turnedLeft, ["531", "642"]), (.antitransposed, ["642", "531"]), (.turnedRight, ["246", "135"]),
    ])
    func pixelsGoWhereEXIFSays(orientation: Orientation, rows: [String]) {
        for channels in [1, 3] {
            let image = Self.image(["12", "34", "56"], channels)
            #expect(image.oriented(orientation) == Self.image(rows, channels))
        }
    }

    private static func image(_ rows: [String], _ channels: Int) -> Image {
        let pixels = rows.joined().utf8.flatMap { value in (0..<channels).map { value &+ UInt8($0) } }
        return Image(width: rows[0].count, height: rows.count, channels: channels, pixels: pixels)
    }

    @Test func ofAPNGToo() throws {
        let image = Self.image(["12", "34", "56"], 3)
        for orientation in Orientation.allCases {
            let data = Self.tagged(image.pngData, orientation)
            #expect(try ImageHeader(data).orientation == orientation)
            #expect(try Image(decoding: data) == image.oriented(orientation))
        }
    }

    /// A PNG with the chunk `eXIf` after its header.
    private static func tagged(_ png: Data, _ orientation: Orientation) -> Data {
        var file = PNGFile(png)
        file.insert(.init("eXIf", PNGFile.exif(UInt8(orientation.rawValue))), before: "IDAT")
        return file.data
    }

    /// Whatever the EXIF data holds, the picture is decoded.
    @Test func malformedMetadataCountsAsUpright() throws {
        let whole = try Fixture.file("orientation-6.jpg")
        let segment = try #require(whole.firstRange(of: Array("Exif".utf8)))
        var generator = RandomGenerator(seed: 2)
        for place in segment.upperBound..<segment.upperBound + 28 {
            var bytes = whole
            bytes[place] = UInt8(truncatingIfNeeded: generator.nextWord())
            let image = try Image(decoding: bytes)
            #expect(image.width * image.height == 37 * 29)
        }
    }
}
