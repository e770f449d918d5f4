// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension HeatMap {
    /// The picture, and beside it the picture with the map over it.
    public func comparison(on image: Image) -> Image {
        let (left, right) = (image.rgb, overlay(on: image))
        // A white gap between them, wide enough to be seen.
        let gap = [UInt8](repeating: 255, count: 3 * max(1, image.width / 50))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(image.height * (2 * 3 * image.width + gap.count))
        for row in 0..<image.height {
            let range = 3 * row * image.width..<3 * (row + 1) * image.width
            pixels += left.pixels[range] + gap + right.pixels[range]
        }
        return Image(
            width: 2 * image.width + gap.count / 3, height: image.height, channels: 3, pixels: pixels)
    }

    /// A picture with the map over it: important parts keep their colours and glow from red to yellow, the
    /// rest becomes dark grey.
    public func overlay(on image: Image) -> Image {
        let image = image.rgb
        let heat = resized(height: image.height, width: image.width)
        var pixels = image.pixels
        for index in heat.indices {
            let level = min(max(heat[index], 0), 1)
            let (r, g, b) = (
                Float(pixels[3 * index]), Float(pixels[3 * index + 1]), Float(pixels[3 * index + 2])
            )
            // Rec. 601, as Pillow's `L`.
            let grey = 0.35 * (0.299 * r + 0.587 * g + 0.114 * b)
            let glow: (Float, Float, Float) = (255, 40 + 190 * level, 30)
            for (channel, parts) in [(r, glow.0), (g, glow.1), (b, glow.2)].enumerated() {
                let kept = grey + (parts.0 - grey) * min(1, 1.6 * level)
                pixels[3 * index + channel] = UInt8(kept + (parts.1 - kept) * 0.45 * level)
            }
        }
        return Image(width: image.width, height: image.height, channels: 3, pixels: pixels)
    }
}
