// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import Testing

@Suite struct BitmapTests {
    @Test func drawsOverWhatIsThere() {
        var bitmap = Bitmap(width: 3, height: 1, pixels: [1, 2, 3, 40, 50, 60, 7, 8, 9])
        bitmap.draw { $0.fill(.rectangle(Rectangle(x: 1, y: 0, width: 1, height: 1)), Color(1, 0, 0)) }
        #expect(bitmap.pixels == [1, 2, 3, 255, 0, 0, 7, 8, 9])
    }

    @Test func onePixelIsChangedWithoutCopyingTheOthers() {
        var bitmap = Bitmap(width: 3, height: 1) { _ in }
        let address = bitmap.pixels.withUnsafeBytes { $0.baseAddress }
        bitmap.pixels[4] = 0
        #expect(bitmap.pixels == [255, 255, 255, 255, 0, 255, 255, 255, 255])
        #expect(bitmap.pixels.withUnsafeBytes { $0.baseAddress } == address)
    }

    @Test func encodesAsPNG() {
        let data = Bitmap(width: 5, height: 4) { _ in }.pngData
        #expect(Array(data.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        // The header's chunk follows: length, "IHDR", width, height.
        #expect(Array(data[16..<24]) == [0, 0, 0, 5, 0, 0, 0, 4])
    }

    @Test func drawsTheSameTwice() {
        func picture() -> Bitmap {
            Bitmap(width: 64, height: 64) { canvas in
                canvas.fill(
                    .circle(Point(30, 30), radius: 20.5),
                    .radial(center: Point(25, 25), radius: 30, .white, .black))
                canvas.stroke(
                    .smooth(closed: [Point(5, 5), Point(50, 10), Point(20, 60)]), Color(0, 0.5, 0), width: 1.3
                )
            }
        }
        #expect(picture() == picture())
    }

    @Test func handsOnWhatDrawingThrows() {
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try Bitmap(width: 2, height: 2) { (_: inout Canvas) throws(Refusal) in throw Refusal() }
        }
    }

    @Test func writesShapesAsSVG() {
        let data = svgData(width: 40, height: 30) {
            $0.fill(.circle(Point(10, 10), radius: 5), Color(1, 0, 0))
        }
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.hasPrefix("<?xml"))
        #expect(text.contains("<svg") && text.contains("<path") && text.hasSuffix("</svg>\n"))
    }
}
