// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// Rotates the picture around its middle by a random angle; the size stays. As torchvision's
/// `RandomRotation`.
public struct RandomRotation: Transform {
    /// In degrees, counter-clockwise.
    public let degrees: ClosedRange<Float>
    /// `.nearest` or `.bilinear`
    public let interpolation: Interpolation
    /// The value of every channel where the rotated picture does not reach.
    public let fill: UInt8

    /// Rotates by up to this many degrees in either direction.
    public init(
        _ degrees: Float, interpolation: Interpolation = .nearest, fill: UInt8 = 0,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            degrees >= 0 && degrees.isFinite,
            "RandomRotation: \(degrees) degrees; name a positive limit or a range", file: file, line: line)
        self.init(
            -degrees...degrees, interpolation: interpolation, fill: fill, file: file, line: line)
    }

    /// Rotates by an angle drawn uniformly from the range. Traps for `.bicubic`.
    public init(
        _ degrees: ClosedRange<Float>, interpolation: Interpolation = .nearest, fill: UInt8 = 0,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            interpolation != .bicubic, "RandomRotation: interpolation is bicubic; nearest and bilinear fit",
            file: file, line: line)
        check(
            degrees.lowerBound.isFinite && degrees.upperBound.isFinite,
            "RandomRotation: \(degrees) degrees; name a range of finite angles", file: file, line: line)
        self.degrees = degrees
        self.interpolation = interpolation
        self.fill = fill
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        image.rotated(byDegrees: Double(generator.uniform(in: degrees)), interpolation, fill: fill)
    }
}

extension Image {
    /// The picture rotated counter-clockwise around the middle. Pillow's `rotate`: to the bit if nearest, to
    /// the level if bilinear.
    package func rotated(byDegrees degrees: Double, _ interpolation: Interpolation, fill: UInt8) -> Image {
        let rest = degrees.truncatingRemainder(dividingBy: 360)
        let angle = rest < 0 ? rest + 360 : rest
        let turns = Int(angle / 90) % 4
        let isQuarter = angle.truncatingRemainder(dividingBy: 90) == 0
        if isQuarter && turns == 0 { return self }
        if isQuarter && turns == 2 { return oriented(.upsideDown) }
        if isQuarter && width == height { return oriented(turns == 1 ? .turnedRight : .turnedLeft) }
        let map = AffineMap.turned(byDegrees: angle, size)
        return interpolation == .nearest ? nearest(map, fill: fill) : bilinear(map, fill: fill)
    }
}
