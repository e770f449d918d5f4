// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// Adds a border. As torchvision's `Pad`.
public struct Pad: Transform {
    public enum Mode: Sendable, Equatable {
        /// One value in every channel.
        case constant(UInt8)
        /// The outermost pixel repeated.
        case edge
        /// Mirrored about the outermost pixel: `dcb|abcd|cba`.
        case reflect
        /// Mirrored with the outermost pixel: `cba|abcd|dcb`.
        case symmetric
    }

    public let left, top, right, bottom: Int
    public let mode: Mode

    public init(_ all: Int, mode: Mode = .constant(0)) {
        self.init(left: all, top: all, right: all, bottom: all, mode: mode)
    }

    public init(left: Int, top: Int, right: Int, bottom: Int, mode: Mode = .constant(0)) {
        precondition(
            left >= 0 && top >= 0 && right >= 0 && bottom >= 0,
            "Pad: \(left), \(top), \(right), \(bottom); a border cannot be negative")
        (self.left, self.top, self.right, self.bottom, self.mode) = (left, top, right, bottom, mode)
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        let (width, height) = (image.width + left + right, image.height + top + bottom)
        if case .constant(let value) = mode {
            var pixels = [UInt8](repeating: value, count: width * height * image.channels)
            for y in 0..<image.height {
                let from = y * image.width * image.channels
                let to = ((y + top) * width + left) * image.channels
                let length = image.width * image.channels
                pixels.replaceSubrange(to..<to + length, with: image.pixels[from..<from + length])
            }
            return Image(width: width, height: height, channels: image.channels, pixels: pixels)
        }
        precondition(
            mode != .reflect || (max(left, right) < image.width && max(top, bottom) < image.height),
            "Pad: a reflected border must be smaller than the image, \(image.width)×\(image.height)")
        return image.remapped(width: width, height: height) { x, y in
            (place(x - left, image.width), place(y - top, image.height))
        }
    }

    private func place(_ index: Int, _ length: Int) -> Int {
        switch mode {
        case .constant, .edge: return min(max(index, 0), length - 1)
        case .reflect: return index < 0 ? -index : index >= length ? 2 * length - 2 - index : index
        case .symmetric:
            let period = 2 * length
            let wrapped = ((index % period) + period) % period
            return wrapped < length ? wrapped : period - 1 - wrapped
        }
    }
}
