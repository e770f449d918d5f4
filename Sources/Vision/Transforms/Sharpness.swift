// SPDX-License-Identifier: Apache-2.0

/// Pillow's `ImageEnhance.Sharpness`.
extension Image {
    /// Moves pixels away from the smoothed picture if `factor` is above 1, towards it if below.
    package func sharpened(by factor: Float) -> Image {
        let smooth = smoothed.pixels
        return Image(width: width, height: height, channels: channels) { target in
            for index in pixels.indices {
                target[index] = Self.blend(Float(smooth[index]), Float(pixels[index]), factor)
            }
        }
    }

    /// Each pixel's mean with its eight neighbours, itself counted five times. The border stays. Pillow's
    /// `ImageFilter.SMOOTH`.
    private var smoothed: Image {
        guard width > 2 && height > 2 else { return self }
        var result = self
        result.pixels = pixels.withUnsafeBufferPointer { source in
            func three(_ middle: Int) -> Int {
                Int(source[middle - channels]) + Int(source[middle]) + Int(source[middle + channels])
            }
            var smooth = pixels
            let row = width * channels
            for y in 1..<height - 1 {
                for index in y * row + channels..<(y + 1) * row - channels {
                    let sum = three(index - row) + three(index) + three(index + row) + 4 * Int(source[index])
                    smooth[index] = UInt8((2 * sum + 13) / 26)
                }
            }
            return smooth
        }
        return result
    }
}
