// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// Luminance (ITU-R 601-2) instead of colour, in one or three equal channels. As torchvision's `Grayscale`.
public struct Grayscale: Transform {
    /// 1, or 3 for equal channels as a model for RGB takes them.
    public let outputChannels: Int

    /// Luminance in 1 channel, or repeated in 3.
    public init(outputChannels: Int = 1, file: StaticString = #fileID, line: UInt = #line) {
        check(
            outputChannels == 1 || outputChannels == 3,
            "Grayscale: \(outputChannels) output channels; 1 or 3 fit", file: file, line: line)
        self.outputChannels = outputChannels
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        outputChannels == 1 ? image.grey : image.grey.rgb
    }
}

extension Image {
    /// Luminance as Pillow computes it: `(19595 R + 38470 G + 7471 B + 32768) / 65536`.
    var grey: Image {
        guard channels == 3 else { return self }
        return Image(width: width, height: height, channels: 1) { target in
            for index in 0..<width * height {
                let red = 19595 * Int(pixels[3 * index])
                let green = 38470 * Int(pixels[3 * index + 1])
                let blue = 7471 * Int(pixels[3 * index + 2])
                target[index] = UInt8((red + green + blue + 32768) >> 16)
            }
        }
    }
}
