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
        image.rotated(byDegrees: generator.uniform(in: degrees), interpolation, fill: fill)
    }
}

extension Image {
    /// Turned counter-clockwise about the middle. As Pillow's `rotate`.
    func rotated(byDegrees degrees: Float, _ interpolation: Interpolation, fill: UInt8) -> Image {
        let angle = -Double(degrees) * .pi / 180
        let (cosine, sine) = (Foundation.cos(angle), Foundation.sin(angle))
        let center = (x: Double(width) / 2, y: Double(height) / 2)
        var result = [UInt8](repeating: fill, count: pixels.count)
        for y in 0..<height {
            for x in 0..<width {
                let dx = Double(x) + 0.5 - center.x
                let dy = Double(y) + 0.5 - center.y
                let from = (x: cosine * dx + sine * dy + center.x, y: -sine * dx + cosine * dy + center.y)
                guard from.x >= 0 && from.x < Double(width) && from.y >= 0 && from.y < Double(height) else {
                    continue
                }
                let target = (y * width + x) * channels
                if interpolation == .nearest {
                    let source = (Int(from.y) * width + Int(from.x)) * channels
                    for c in 0..<channels { result[target + c] = pixels[source + c] }
                } else {
                    for c in 0..<channels { result[target + c] = blend(x: from.x - 0.5, y: from.y - 0.5, c) }
                }
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: result)
    }

    /// The value between four pixels; the border's are repeated beyond it.
    private func blend(x: Double, y: Double, _ channel: Int) -> UInt8 {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        func value(_ dx: Int, _ dy: Int) -> Double {
            let column = min(max(Int(left) + dx, 0), width - 1)
            let row = min(max(Int(top) + dy, 0), height - 1)
            return Double(pixels[(row * width + column) * channels + channel])
        }
        let (fx, fy) = (x - left, y - top)
        let upper = value(0, 0) * (1 - fx) + value(1, 0) * fx
        let lower = value(0, 1) * (1 - fx) + value(1, 1) * fx
        return UInt8(upper * (1 - fy) + lower * fy)
    }
}
