// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// Turns the picture about its middle by a random angle; its size stays. As torchvision's `RandomRotation`.
public struct RandomRotation: Transform {
    /// In degrees, counter-clockwise.
    public let degrees: ClosedRange<Float>
    /// `.nearest` or `.bilinear`
    public let interpolation: Interpolation
    /// What shows where the picture does not reach, in every channel.
    public let fill: UInt8

    /// By up to so many degrees either way.
    public init(_ degrees: Float, interpolation: Interpolation = .nearest, fill: UInt8 = 0) {
        precondition(degrees >= 0, "RandomRotation: \(degrees) degrees; name a positive limit or a range")
        self.init(-degrees...degrees, interpolation: interpolation, fill: fill)
    }

    public init(_ degrees: ClosedRange<Float>, interpolation: Interpolation = .nearest, fill: UInt8 = 0) {
        precondition(interpolation != .bicubic, "RandomRotation: interpolation is nearest or bilinear")
        self.degrees = degrees
        self.interpolation = interpolation
        self.fill = fill
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        image.rotated(byDegrees: Double(generator.uniform(in: degrees)), interpolation, fill: fill)
    }
}

extension Image {
    /// Turned counter-clockwise about the middle. Pillow's `rotate`: to the bit if nearest, to the level if bilinear.
    package func rotated(byDegrees degrees: Double, _ interpolation: Interpolation, fill: UInt8) -> Image {
        let rest = degrees.truncatingRemainder(dividingBy: 360)
        let angle = rest < 0 ? rest + 360 : rest
        let turns = Int(angle / 90) % 4
        let isQuarter = angle.truncatingRemainder(dividingBy: 90) == 0
        if isQuarter && turns == 0 { return self }
        if isQuarter && turns == 2 { return oriented(.upsideDown) }
        if isQuarter && width == height { return oriented(turns == 1 ? .turnedRight : .turnedLeft) }
        let map = RotationMap(degrees: angle, size)
        return interpolation == .nearest ? nearest(map, fill: fill) : blended(map, fill: fill)
    }

    /// Steps through the source in fixed point of 16 bits.
    private func nearest(_ map: RotationMap, fill: UInt8) -> Image {
        func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
        let (stepX, stepY) = ((x: fixed(map.xx), y: fixed(map.yx)), (x: fixed(map.xy), y: fixed(map.yy)))
        var row = (
            x: fixed(map.x0 + map.xx * 0.5 + map.xy * 0.5), y: fixed(map.y0 + map.yx * 0.5 + map.yy * 0.5)
        )
        return Image(width: width, height: height, channels: channels) { target in
            target.initialize(repeating: fill)
            var place = 0
            for _ in 0..<height {
                var at = row
                for _ in 0..<width {
                    let (x, y) = (at.x >> 16, at.y >> 16)
                    if x >= 0 && x < width && y >= 0 && y < height {
                        let source = (y * width + x) * channels
                        for c in 0..<channels { target[place + c] = pixels[source + c] }
                    }
                    place += channels
                    at = (at.x + stepX.x, at.y + stepX.y)
                }
                row = (row.x + stepY.x, row.y + stepY.y)
            }
        }
    }

    private func blended(_ map: RotationMap, fill: UInt8) -> Image {
        Image(width: width, height: height, channels: channels) { target in
            target.initialize(repeating: fill)
            for y in 0..<height {
                for x in 0..<width {
                    let at = map(Double(x) + 0.5, Double(y) + 0.5)
                    guard at.x >= 0 && at.x < Double(width) && at.y >= 0 && at.y < Double(height) else {
                        continue
                    }
                    let place = (y * width + x) * channels
                    for c in 0..<channels { target[place + c] = between(at.x - 0.5, at.y - 0.5, c) }
                }
            }
        }
    }

    /// The value between four pixels; the border's are repeated beyond it.
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

/// Where in the source each place of a rotated picture comes from.
private struct RotationMap {
    let xx, xy, x0, yx, yy, y0: Double

    /// Pillow rounds sines and cosines to 15 digits, so that quarter turns are exact.
    init(degrees: Double, _ size: Extent) {
        func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
        let angle = -degrees * .pi / 180
        let (cosine, sine) = (rounded(Foundation.cos(angle)), rounded(Foundation.sin(angle)))
        let (x, y) = (Double(size.width) / 2, Double(size.height) / 2)
        (xx, xy, yx, yy) = (cosine, sine, -sine, cosine)
        x0 = cosine * -x + sine * -y + x
        y0 = -sine * -x + cosine * -y + y
    }

    func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (xx * x + xy * y + x0, yx * x + yy * y + y0)
    }
}
