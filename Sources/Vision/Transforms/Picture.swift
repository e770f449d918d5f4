// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// A picture between transforms: pixels, or a resampling that has not been computed yet.
enum Picture: Sendable {
    case pixels(Image)
    case resampling(Resampling)

    var image: Image {
        switch self {
        case .pixels(let image): image
        case .resampling(let resampling): resampling.image()
        }
    }

    var size: Extent {
        switch self {
        case .pixels(let image): image.size
        case .resampling(let resampling): resampling.size
        }
    }

    var channels: Int {
        switch self {
        case .pixels(let image): image.channels
        case .resampling(let resampling): resampling.source.channels
        }
    }

    /// Writes the numbers of all pixels, row by row, the channels of a pixel side by side.
    func write(_ numbers: PixelNumbers, to target: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .pixels(let image): numbers.write(image, to: target)
        case .resampling(let resampling): resampling.write(numbers, to: target)
        }
    }

    /// Writes the levels of all pixels, 0 … 255, in the same order.
    func writeLevels(to target: UnsafeMutableBufferPointer<UInt8>) {
        switch self {
        case .pixels(let image): image.writeLevels(to: target)
        case .resampling(let resampling): resampling.writeLevels(to: target)
        }
    }

    func cropped(to rect: PixelRect) -> Picture {
        check(
            rect.lies(within: size),
            "cropped: the rectangle \(rect) does not lie within \(size.width)×\(size.height) pixels")
        return changed({ $0.cropped(to: rect) }, { $0.crop(to: rect) })
    }

    var mirrored: Picture { changed(\.flippedHorizontally) { $0.mirror() } }
    var flipped: Picture { changed(\.flippedVertically) { $0.flip() } }

    private func changed(_ pixels: (Image) -> Image, _ resampling: (inout Resampling) -> Void) -> Picture {
        switch self {
        case .pixels(let image):
            return .pixels(pixels(image))
        case .resampling(var result):
            resampling(&result)
            return .resampling(result)
        }
    }
}

/// A transform that only resizes or rearranges pixels. Its result is computed lazily.
protocol LazyTransform: Transform {
    func callAsFunction(_ picture: Picture, using generator: inout RandomGenerator) -> Picture
}

extension Transform {
    /// Computes as little as possible: the pixels only where this transform needs them.
    func applied(to picture: Picture, using generator: inout RandomGenerator) -> Picture {
        if let lazy = self as? any LazyTransform { return lazy(picture, using: &generator) }
        return .pixels(self(picture.image, using: &generator))
    }
}
