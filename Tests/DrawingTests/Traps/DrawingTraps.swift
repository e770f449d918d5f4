// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TestSupport

private struct Dot: Figure {
    var width: Double { 10 }
    var height: Double { 10 }
    func draw(on canvas: inout Canvas) { canvas.fill(.color(.black)) }
}

let drawingTraps: [Trap] = [
    Trap("Bitmap: sides of 0×4 pixels must lie in 1...32767") {
        _ = Bitmap(width: 0, height: 4, pixels: [])
    },
    Trap("Bitmap: 11 bytes are not 2×2 pixels of RGB") {
        _ = Bitmap(width: 2, height: 2, pixels: [UInt8](repeating: 0, count: 11))
    },
    Trap("Bitmap: sides of 9223372036854775807×40000 pixels must lie in 1...32767") {
        _ = Bitmap(width: .max, height: 40_000) { $0.fill(.color(.white)) }
    },
    .unlocated("Bitmap: 3 bytes are not 2×2 pixels of RGB") {
        var bitmap = Bitmap(width: 2, height: 2, pixels: [UInt8](repeating: 0, count: 12))
        bitmap.pixels = [1, 2, 3]
    },
    Trap("svgData: sides of 0.0×5.0 must be positive") {
        _ = svgData(width: 0, height: 5) { $0.fill(.color(.white)) }
    },
    Trap("svgData: sides of inf×5.0 must be positive") {
        _ = svgData(width: .infinity, height: 5) { $0.fill(.color(.white)) }
    },
    Trap("bitmap: 0.01 pixels for each of 10.0×10.0 points; sides of 1 to 32767 pixels fit") {
        _ = Dot().bitmap(scale: 0.01)
    },
    Trap("bitmap: nan pixels for each of 10.0×10.0 points; sides of 1 to 32767 pixels fit") {
        try Dot().save(to: URL(filePath: "dot.png"), scale: .nan)
    },
    Trap("Stroke: width -1.0 and dashes [] must not be negative, nor all dashes 0") {
        _ = Stroke(width: -1)
    },
    Trap("Stroke: width 1.0 and dashes [0.0, 0.0] must not be negative, nor all dashes 0") {
        _ = Stroke(width: 1, dashes: [0, 0])
    },
    Trap("Path.smooth: a closed curve needs 3 points, not 2") {
        _ = Path.smooth(closed: [Point(0, 0), Point(1, 1)])
    },
]
