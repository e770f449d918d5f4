// SPDX-License-Identifier: Apache-2.0

extension HeatMap {
    /// A picture with the map over it: what counts keeps its colours and glows from red to yellow, the rest recedes.
    public func overlay(on image: Image) -> Image {
        let image = image.rgb
        let heat = resized(height: image.height, width: image.width)
        var pixels = image.pixels
        for place in heat.indices {
            let level = min(max(heat[place], 0), 1)
            let (r, g, b) = (
                Float(pixels[3 * place]), Float(pixels[3 * place + 1]), Float(pixels[3 * place + 2])
            )
            // Rec. 601, as Pillow's `L`.
            let grey = 0.35 * (0.299 * r + 0.587 * g + 0.114 * b)
            let glow: (Float, Float, Float) = (255, 40 + 190 * level, 30)
            for (channel, parts) in [(r, glow.0), (g, glow.1), (b, glow.2)].enumerated() {
                let kept = grey + (parts.0 - grey) * min(1, 1.6 * level)
                pixels[3 * place + channel] = UInt8(kept + (parts.1 - kept) * 0.45 * level)
            }
        }
        return Image(width: image.width, height: image.height, channels: 3, pixels: pixels)
    }
}
