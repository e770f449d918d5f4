// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// Changes brightness, contrast, saturation and hue by random factors, in random order. As torchvision's
/// `ColorJitter` on Pillow images.
public struct ColorJitter: Transform {
    /// Range of the factor; 1 changes nothing, 0 gives black. Nil skips it.
    public let brightness: ClosedRange<Float>?
    /// Range of the factor; 1 changes nothing, 0 gives plain grey. Nil skips it.
    public let contrast: ClosedRange<Float>?
    /// Range of the factor; 1 changes nothing, 0 gives a grey picture. Nil skips it.
    public let saturation: ClosedRange<Float>?
    /// In turns of the colour circle, within -0.5 … 0.5.
    public let hue: ClosedRange<Float>?

    /// Factors from `max(0, 1 - amount)` to `1 + amount`; hue from `-hue` to `hue`.
    public init(
        brightness: Float = 0, contrast: Float = 0, saturation: Float = 0, hue: Float = 0,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            [brightness, contrast, saturation].allSatisfy { $0 >= 0 && $0.isFinite } && hue >= 0
                && hue <= 0.5,
            "ColorJitter: amounts \(brightness), \(contrast), \(saturation) must be 0 or more, hue \(hue) in 0...0.5",
            file: file, line: line
        )
        func range(_ amount: Float) -> ClosedRange<Float>? {
            amount == 0 ? nil : max(0, 1 - amount)...1 + amount
        }
        self.brightness = range(brightness)
        self.contrast = range(contrast)
        self.saturation = range(saturation)
        self.hue = hue == 0 ? nil : -hue...hue
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        let order = [0, 1, 2, 3].permuted(using: &generator)
        let factors = [brightness, contrast, saturation, hue].map { range in
            range.map { generator.uniform(in: $0) }
        }
        return order.reduce(image) { image, kind in
            guard let factor = factors[kind] else { return image }
            return switch kind {
            case 0: image.blended(with: 0, factor)
            case 1: image.blended(with: image.meanLuminance, factor)
            case 2: image.saturated(by: factor)
            default: image.hueShifted(by: factor)
            }
        }
    }
}

/// Pillow's `ImageEnhance`, and torchvision's hue shift.
extension Image {
    package var meanLuminance: UInt8 {
        let grey = self.grey.pixels
        return UInt8(Double(grey.reduce(0) { $0 + Int($1) }) / Double(grey.count) + 0.5)
    }

    /// `value + factor · (pixel - value)`
    package func blended(with value: UInt8, _ factor: Float) -> Image {
        let table = (0...255).map { Self.blend(Float(value), Float($0), factor) }
        var result = self
        result.pixels = pixels.map { table[Int($0)] }
        return result
    }

    package func saturated(by factor: Float) -> Image {
        guard channels == 3 else { return self }
        let grey = self.grey.pixels
        return Image(width: width, height: height, channels: 3) { target in
            for index in pixels.indices {
                target[index] = Self.blend(Float(grey[index / 3]), Float(pixels[index]), factor)
            }
        }
    }

    static func blend(_ a: Float, _ b: Float, _ factor: Float) -> UInt8 {
        UInt8(Swift.min(Swift.max(a + factor * (b - a), 0), 255))
    }

    /// Turns the hue, in eight bits as Pillow holds it.
    package func hueShifted(by turns: Float) -> Image {
        guard channels == 3 else { return self }
        let shift = UInt8(truncatingIfNeeded: Int(turns * 255))
        return Image(width: width, height: height, channels: 3) { target in
            for start in stride(from: 0, to: pixels.count, by: 3) {
                var color = HSV(pixels[start], pixels[start + 1], pixels[start + 2])
                color.hue &+= shift
                (target[start], target[start + 1], target[start + 2]) = color.rgb
            }
        }
    }
}

/// Hue, saturation, value in eight bits each. Single and double precision alternate as in Pillow, so that the
/// levels are Pillow's.
struct HSV {
    var hue: UInt8
    let saturation: UInt8
    let value: UInt8

    init(_ r: UInt8, _ g: UInt8, _ b: UInt8) {
        let (top, bottom) = (max(r, g, b), min(r, g, b))
        value = top
        guard top != bottom else {
            (hue, saturation) = (0, 0)
            return
        }
        let range = Float(top - bottom)
        let (rc, gc, bc) = (Float(top - r) / range, Float(top - g) / range, Float(top - b) / range)
        let sixths =
            r == top
            ? bc - gc : Float(g == top ? 2 + Double(rc) - Double(bc) : 4 + Double(gc) - Double(rc))
        let turns = Float((Double(sixths) / 6 + 1).truncatingRemainder(dividingBy: 1))
        hue = UInt8(min(max(Int(Double(turns) * 255), 0), 255))
        saturation = UInt8(min(max(Int(Double(range / Float(top)) * 255), 0), 255))
    }

    var rgb: (UInt8, UInt8, UInt8) {
        guard saturation > 0 else { return (value, value, value) }
        let sector = Double(hue) * 6 / 255
        let index = Int(sector)
        let f = Float(sector - Double(index))
        let s = Float(Double(saturation) / 255)
        func level(_ factor: Double) -> UInt8 { UInt8(min((Double(value) * factor).rounded(), 255)) }
        let p = level(1 - Double(s))
        let q = level(1 - Double(s * f))
        let t = level(1 - Double(s) * (1 - Double(f)))
        return switch index % 6 {
        case 0: (value, t, p)
        case 1: (q, value, p)
        case 2: (p, value, t)
        case 3: (p, q, value)
        case 4: (t, p, value)
        default: (value, p, q)
        }
    }
}
