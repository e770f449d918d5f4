// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// Maps each coordinate of a rotated, sheared or shifted picture to the source, as Pillow's
/// `Image.transform`: `(xx · x + xy · y + x0, yx · x + yy · y + y0)`.
struct AffineMap {
    var xx = 1.0, xy = 0.0, x0 = 0.0
    var yx = 0.0, yy = 1.0, y0 = 0.0

    /// Each row `factor` pixels further left than the row above it. The top stays.
    static func shearedX(by factor: Double) -> AffineMap { AffineMap(xy: factor) }

    /// Each column `factor` pixels higher than the column left of it. The left border stays.
    static func shearedY(by factor: Double) -> AffineMap { AffineMap(yx: factor) }

    /// Shifts right and down.
    static func moved(x: Int, y: Int) -> AffineMap { AffineMap(x0: -Double(x), y0: -Double(y)) }

    /// Rotates counter-clockwise around the middle. As Pillow, it rounds sines and cosines to 15 digits, so
    /// that quarter turns are exact.
    static func turned(byDegrees degrees: Double, _ size: Extent) -> AffineMap {
        func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
        let angle = -degrees * .pi / 180
        let (cosine, sine) = (rounded(Foundation.cos(angle)), rounded(Foundation.sin(angle)))
        let (x, y) = (Double(size.width) / 2, Double(size.height) / 2)
        return AffineMap(
            xx: cosine, xy: sine, x0: cosine * -x + sine * -y + x,
            yx: -sine, yy: cosine, y0: -sine * -x + cosine * -y + y)
    }

    func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (xx * x + xy * y + x0, yx * x + yy * y + y0)
    }
}

/// Pillow's `Image.transform` with an affine map; the size stays.
extension Image {
    /// Steps through the source in fixed point of 16 bits.
    func nearest(_ map: AffineMap, fill: UInt8) -> Image {
        func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
        let (stepX, stepY) = ((x: fixed(map.xx), y: fixed(map.yx)), (x: fixed(map.xy), y: fixed(map.yy)))
        var row = (
            x: fixed(map.x0 + map.xx * 0.5 + map.xy * 0.5), y: fixed(map.y0 + map.yx * 0.5 + map.yy * 0.5)
        )
        return Image(width: width, height: height, channels: channels) { target in
            target.initialize(repeating: fill)
            var offset = 0
            for _ in 0..<height {
                var at = row
                for _ in 0..<width {
                    let (x, y) = (at.x >> 16, at.y >> 16)
                    if x >= 0 && x < width && y >= 0 && y < height {
                        let source = (y * width + x) * channels
                        for c in 0..<channels { target[offset + c] = pixels[source + c] }
                    }
                    offset += channels
                    at = (at.x + stepX.x, at.y + stepX.y)
                }
                row = (row.x + stepY.x, row.y + stepY.y)
            }
        }
    }

    func bilinear(_ map: AffineMap, fill: UInt8) -> Image {
        Image(width: width, height: height, channels: channels) { target in
            target.initialize(repeating: fill)
            for y in 0..<height {
                for x in 0..<width {
                    let at = map(Double(x) + 0.5, Double(y) + 0.5)
                    guard at.x >= 0 && at.x < Double(width) && at.y >= 0 && at.y < Double(height) else {
                        continue
                    }
                    let offset = (y * width + x) * channels
                    for c in 0..<channels { target[offset + c] = between(at.x - 0.5, at.y - 0.5, c) }
                }
            }
        }
    }

    /// The bilinear value between four pixels; beyond the border, its pixels are repeated.
    private func between(_ x: Double, _ y: Double, _ channel: Int) -> UInt8 {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let columns = (max(Int(left), 0), min(Int(left) + 1, width - 1))
        func row(_ y: Int) -> Double {
            let start = y * width * channels + channel
            let (a, b) = (pixels[start + columns.0 * channels], pixels[start + columns.1 * channels])
            return Double(a) + (Double(b) - Double(a)) * (x - left)
        }
        let upper = row(max(Int(top), 0))
        let lower = Int(top) + 1 < height ? row(Int(top) + 1) : upper
        return UInt8(upper + (lower - upper) * (y - top))
    }
}
