// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TensorCore

/// How a drawn scene becomes a photograph: light, lens and grain.
struct Camera {
    let exposure: Double
    /// The light's colour: factors of red, green and blue.
    let light: [Double]
    /// The brightest direction; the opposite side of the picture is darker by `contrast`.
    let sun: Double
    let contrast: Double
    let vignette: Double
    /// In shares of the picture's side.
    let blur: Double
    let grain: Double

    init(using generator: inout RandomGenerator) {
        exposure = generator.number(0.7...1.2)
        let warmth = generator.about(0, 0.12)
        light = [1 + warmth, 1 + generator.about(0, 0.03), 1 - warmth]
        sun = generator.angle()
        contrast = generator.number(0...0.5)
        vignette = generator.chance(0.4) ? generator.number(0.1...0.5) : 0
        blur = generator.chance(0.5) ? generator.number(0...0.006) : 0
        grain = generator.chance(0.6) ? generator.number(0...0.035) : 0
    }

    func photograph(_ bitmap: Bitmap, using generator: inout RandomGenerator) -> Bitmap {
        let side = Double(bitmap.width)
        var result = bitmap.blurred(radius: blur * side)
        for y in 0..<bitmap.height {
            for x in 0..<bitmap.width {
                let place = Point(Double(x) / side - 0.5, Double(y) / side - 0.5)
                let toSun = place.x * cos(sun) + place.y * sin(sun)
                let distance = place.x * place.x + place.y * place.y
                let gain = exposure * (1 + contrast * toSun) * (1 - vignette * 2 * distance)
                for channel in 0..<3 {
                    let index = 3 * (y * bitmap.width + x) + channel
                    let noise = grain > 0 ? 255 * grain * Double(generator.normal()) : 0
                    let value = Double(result.pixels[index]) * gain * light[channel] + noise
                    result.pixels[index] = UInt8(min(max(value.rounded(), 0), 255))
                }
            }
        }
        return result
    }
}

extension Bitmap {
    /// Three box filters in each direction, which come close to a Gaussian; the edge pixels go on beyond the
    /// edges.
    func blurred(radius: Double) -> Bitmap {
        guard radius > 0.2 else { return self }
        var values = pixels.map(Double.init)
        for _ in 0..<3 {
            values = Self.boxed(
                values, lines: height, length: width, lineStep: 3 * width, step: 3, radius: radius / 2)
            values = Self.boxed(
                values, lines: width, length: height, lineStep: 3, step: 3 * width, radius: radius / 2)
        }
        return Bitmap(
            width: width, height: height, pixels: values.map { UInt8(min(max($0.rounded(), 0), 255)) })
    }

    /// The mean over `radius` to both sides along each line; the outermost values count by the part of them
    /// that is within.
    private static func boxed(
        _ values: [Double], lines: Int, length: Int, lineStep: Int, step: Int, radius: Double
    ) -> [Double] {
        var result = values
        let whole = Int(radius)
        let part = radius - Double(whole)
        for line in 0..<lines {
            for channel in 0..<3 {
                let start = line * lineStep + channel
                func value(_ position: Int) -> Double {
                    values[start + min(max(position, 0), length - 1) * step]
                }
                var sum = (-whole...whole).reduce(0) { $0 + value($1) }
                for position in 0..<length {
                    let edges = part * (value(position - whole - 1) + value(position + whole + 1))
                    result[start + position * step] = (sum + edges) / (2 * radius + 1)
                    sum += value(position + whole + 1) - value(position - whole)
                }
            }
        }
        return result
    }
}
