// SPDX-License-Identifier: Apache-2.0

import Checks

/// Changes of each pixel by its level alone. Pillow's `ImageOps`, to the bit.
extension Image {
    /// Keeps the upper bits of each level.
    package func posterized(toBits bits: Int) -> Image {
        check(bits >= 0 && bits <= 8, "posterized: \(bits) bits; a level has 0 to 8")
        let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
        return withLevels { _ in (0...255).map { $0 & mask } }
    }

    /// Inverts the levels from `threshold` up.
    package func solarized(from threshold: Float) -> Image {
        withLevels { _ in (0...255).map { Float($0) < threshold ? $0 : 255 - $0 } }
    }

    /// Stretches each channel so that its darkest level is 0 and its brightest 255.
    package var autoContrasted: Image {
        withLevels { histogram in
            let low = histogram.firstIndex { $0 > 0 }!
            let high = histogram.lastIndex { $0 > 0 }!
            guard low < high else { return nil }
            let scale = 255 / Double(high - low)
            let offset = Double(-low) * scale
            return (0...255).map { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
        }
    }

    /// Spreads each channel's levels so that each is about as frequent as any other.
    package var equalized: Image {
        withLevels { histogram in
            let step = (histogram.reduce(0, +) - histogram.last { $0 > 0 }!) / 255
            guard step > 0 else { return nil }
            var sum = step / 2
            return histogram.map { count in
                defer { sum += count }
                return UInt8(min(sum / step, 255))
            }
        }
    }

    /// Looks each level up in its channel's table, made from the number of pixels at each level; nil leaves a
    /// channel alone.
    private func withLevels(_ table: (_ histogram: [Int]) -> [UInt8]?) -> Image {
        var histograms = [[Int]](repeating: [Int](repeating: 0, count: 256), count: channels)
        for channel in 0..<channels {
            for index in stride(from: channel, to: pixels.count, by: channels) {
                histograms[channel][Int(pixels[index])] += 1
            }
        }
        let tables = histograms.map { table($0) ?? Array(0...255) }
        return Image(width: width, height: height, channels: channels) { target in
            for channel in 0..<channels {
                let levels = tables[channel]
                for index in stride(from: channel, to: pixels.count, by: channels) {
                    target[index] = levels[Int(pixels[index])]
                }
            }
        }
    }
}
