// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// Adds a border. As torchvision's `Pad`.
public struct Pad: Transform {
    /// How a border is filled.
    public enum Mode: Sendable, Equatable {
        /// One value in every channel.
        case constant(UInt8)
        /// The outermost pixel repeated.
        case edge
        /// Mirrored about the outermost pixel, again and again where the border is wider than the picture:
        /// `dcb|abcd|cba`.
        case reflect
        /// Mirrored with the outermost pixel: `cba|abcd|dcb`.
        case symmetric
    }

    /// The bytes of a picture with such borders fit an `Int`.
    private static let widest = 1 << 29

    /// Pixels that are added at each side.
    public let left, top, right, bottom: Int
    /// How the border is filled.
    public let mode: Mode

    /// The same border at all sides, in pixels.
    public init(
        _ all: Int, mode: Mode = .constant(0), file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(left: all, top: all, right: all, bottom: all, mode: mode, file: file, line: line)
    }

    /// A border for each side, in pixels.
    public init(
        left: Int, top: Int, right: Int, bottom: Int, mode: Mode = .constant(0), file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            [left, top, right, bottom].allSatisfy { (0...Self.widest).contains($0) },
            "Pad: borders of \(left), \(top), \(right) and \(bottom) pixels must lie in 0...\(Self.widest)",
            file: file, line: line)
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
        return image.remapped(width: width, height: height) { x, y in
            (sourceIndex(x - left, image.width), sourceIndex(y - top, image.height))
        }
    }

    private func sourceIndex(_ index: Int, _ length: Int) -> Int {
        switch mode {
        case .constant, .edge: return min(max(index, 0), length - 1)
        case .reflect:
            guard length > 1 else { return 0 }
            let wrapped = modulo(index, 2 * length - 2)
            return wrapped < length ? wrapped : 2 * length - 2 - wrapped
        case .symmetric:
            let wrapped = modulo(index, 2 * length)
            return wrapped < length ? wrapped : 2 * length - 1 - wrapped
        }
    }

    private func modulo(_ index: Int, _ period: Int) -> Int { (index % period + period) % period }
}
