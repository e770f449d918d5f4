// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import Testing

@Suite struct CanvasTests {
    private let red = Color(1, 0, 0)
    private let blue = Color(0, 0, 1)

    private func bitmap(_ draw: (inout Canvas) -> Void) -> Bitmap {
        Bitmap(width: 20, height: 10, draw: draw)
    }

    private func pixel(_ bitmap: Bitmap, _ x: Int, _ y: Int) -> [UInt8] {
        let start = 3 * (y * bitmap.width + x)
        return Array(bitmap.pixels[start..<start + 3])
    }

    @Test func startsWhite() {
        #expect(bitmap { _ in }.pixels.allSatisfy { $0 == 255 })
    }

    @Test func fillsInsideAPathOnly() {
        let picture = bitmap { $0.fill(.rectangle(Rectangle(x: 5, y: 2, width: 10, height: 4)), red) }
        #expect(pixel(picture, 5, 2) == [255, 0, 0])
        #expect(pixel(picture, 14, 5) == [255, 0, 0])
        #expect(pixel(picture, 4, 2) == [255, 255, 255])
        #expect(pixel(picture, 14, 6) == [255, 255, 255])
    }

    @Test func mixesWhatIsTranslucentWithWhatIsBelow() {
        let picture = bitmap {
            $0.fill(.color(red))
            $0.fill(.color(blue.opacity(0.5)))
        }
        let mixed = pixel(picture, 3, 3)
        #expect(abs(Int(mixed[0]) - 128) <= 1 && mixed[1] == 0 && abs(Int(mixed[2]) - 128) <= 1)
    }

    @Test func strokesOfAWidth() {
        let picture = bitmap {
            $0.stroke(.line(Point(0, 5), Point(20, 5)), red, Stroke(width: 4, isRound: false))
        }
        #expect((0..<10).filter { pixel(picture, 10, $0) == [255, 0, 0] } == [3, 4, 5, 6])
    }

    @Test func leavesGapsBetweenDashes() {
        let picture = bitmap {
            $0.stroke(
                .line(Point(0, 5), Point(20, 5)), red, Stroke(width: 4, dashes: [5, 5], isRound: false))
        }
        #expect(pixel(picture, 2, 5) == [255, 0, 0])
        #expect(pixel(picture, 7, 5) == [255, 255, 255])
        #expect(pixel(picture, 12, 5) == [255, 0, 0])
    }

    @Test func runsFromColorToColor() {
        let picture = bitmap { $0.fill(.linear(from: Point(0, 0), to: Point(20, 0), .black, .white)) }
        let row = (0..<20).map { pixel(picture, $0, 4)[0] }
        #expect(row == row.sorted() && row[0] < 20 && row[19] > 235)
        let glow = bitmap { $0.fill(.radial(center: Point(10, 5), radius: 5, .black, .white)) }
        #expect(pixel(glow, 10, 5)[0] < 40)
        #expect(pixel(glow, 1, 5) == [255, 255, 255])
    }

    @Test func drawsInMovedCoordinatesAndComesBack() {
        let square = Path.rectangle(Rectangle(x: 0, y: 0, width: 1, height: 1))
        let picture = bitmap { canvas in
            canvas.transformed(by: .translation(Point(10, 4)).scaled(3, 2)) { $0.fill(square, red) }
            canvas.fill(square, blue)
        }
        #expect(pixel(picture, 12, 5) == [255, 0, 0])
        #expect(pixel(picture, 13, 5) == [255, 255, 255])
        #expect(pixel(picture, 0, 0) == [0, 0, 255])
    }

    @Test func drawsInsideAClipOnly() {
        let picture = bitmap { canvas in
            canvas.clipped(to: .rectangle(Rectangle(x: 0, y: 0, width: 10, height: 10))) {
                $0.fill(.color(red))
            }
            canvas.fill(.rectangle(Rectangle(x: 15, y: 0, width: 5, height: 10)), blue)
        }
        #expect(pixel(picture, 9, 5) == [255, 0, 0])
        #expect(pixel(picture, 10, 5) == [255, 255, 255])
        #expect(pixel(picture, 19, 5) == [0, 0, 255])
    }

    @Test(arguments: [(TextAnchor.leading, 100...199), (.center, 50...149), (.trailing, 0...99)])
    func placesTextByItsAnchor(_ anchor: TextAnchor, _ expected: ClosedRange<Int>) {
        let picture = Bitmap(width: 200, height: 40) { canvas in
            canvas.text("lines", at: Point(100, 28), Font(size: 24), .black, anchor: anchor)
        }
        let columns = (0..<200).filter { x in (0..<40).contains { pixel(picture, x, $0)[0] < 128 } }
        #expect(columns.count > 20)
        #expect(columns.allSatisfy(expected.contains))
    }

    @Test func measuresLongerTextsAsWider() {
        _ = bitmap { canvas in
            let (short, long) = (
                canvas.width(of: "in", Font(size: 12)), canvas.width(of: "inning", Font(size: 12))
            )
            #expect(short > 0 && long > 2 * short)
            #expect(abs(canvas.width(of: "in", Font(size: 24)) - 2 * short) < 2)
        }
    }
}
