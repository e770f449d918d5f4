// SPDX-License-Identifier: Apache-2.0

import CImages
import Checks
import TensorCore

/// A picture in memory: rows of interleaved pixels, eight bits a channel.
public struct Image: Sendable, Equatable {
    /// Columns of pixels.
    public let width: Int
    /// Rows of pixels.
    public let height: Int
    /// 1 for grey, 3 for RGB.
    public let channels: Int
    /// `height` rows of `width` pixels of `channels` bytes.
    public var pixels: [UInt8] {
        get { bytes }
        // An observer would make other modules copy all pixels to change one.
        _modify {
            defer {
                check(
                    bytes.count == width * height * channels,
                    "Image: \(bytes.count) bytes are not \(width)×\(height) pixels of \(channels) channels")
            }
            yield &bytes
        }
    }
    private var bytes: [UInt8]

    /// An image of given pixels. Traps unless they fill rows of `width` pixels of 1 or 3 channels exactly.
    public init(
        width: Int, height: Int, channels: Int, pixels: [UInt8], file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            (channels == 1 || channels == 3)
                && pixels.count == Self.byteCount(width: width, height: height, channels: channels),
            "Image: \(pixels.count) bytes are not \(width)×\(height) pixels of \(channels) channels (1 or 3)",
            file: file, line: line)
        self.width = width
        self.height = height
        self.channels = channels
        bytes = pixels
    }

    /// A picture of one colour.
    public init(
        width: Int, height: Int, color: [UInt8], file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            color.count == 1 || color.count == 3,
            "Image: a colour has 1 or 3 channels, not \(color.count)", file: file, line: line)
        let count = Self.requiredByteCount(width, height, color.count, file: file, line: line)
        self.init(
            width: width, height: height, channels: color.count,
            pixels: (0..<count / color.count).flatMap { _ in color }, file: file, line: line)
    }

    /// The bytes of a picture; nil if its size is none, or too large for any memory.
    private static func byteCount(width: Int, height: Int, channels: Int) -> Int? {
        guard width > 0, height > 0, width <= 1 << 56 / channels / height else { return nil }
        return width * height * channels
    }

    private static func requiredByteCount(
        _ width: Int, _ height: Int, _ channels: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Int {
        guard let count = byteCount(width: width, height: height, channels: channels) else {
            fail(
                "Image: a picture cannot have \(width)×\(height) pixels; both sides must be positive, and their product must fit in memory",
                file: file, line: line)
        }
        return count
    }

    /// The height and width in pixels.
    public var size: Extent { Extent(height, width) }

    /// The channels of one pixel.
    public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
        check(
            x >= 0 && x < width && y >= 0 && y < height,
            "Image: (\(x), \(y)) is outside of \(width)×\(height) pixels")
        let start = (y * width + x) * channels
        return pixels[start..<start + channels]
    }

    /// Grey is repeated in three channels.
    public var rgb: Image {
        guard channels == 1 else { return self }
        return Image(width: width, height: height, channels: 3) { target in
            for (index, value) in pixels.enumerated() {
                target[3 * index] = value
                target[3 * index + 1] = value
                target[3 * index + 2] = value
            }
        }
    }

    /// Left and right exchanged. As Pillow's `ImageOps.mirror`.
    public var flippedHorizontally: Image { oriented(.mirrored) }
    /// Top and bottom exchanged. As Pillow's `ImageOps.flip`.
    public var flippedVertically: Image { oriented(.flipped) }

    /// A rectangle of this picture.
    public func cropped(to rect: PixelRect, file: StaticString = #fileID, line: UInt = #line) -> Image {
        check(
            rect.lies(within: size),
            "cropped: the rectangle \(rect) does not lie within \(width)×\(height) pixels",
            file: file, line: line)
        if rect.size == size { return self }
        return rearranged(rect.size, from: (rect.x, rect.y), stepX: (1, 0), stepY: (0, 1))
    }

    /// A picture whose pixels `fill` writes, all of them.
    init(width: Int, height: Int, channels: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        let byteCount = Self.requiredByteCount(width, height, channels)
        self.init(
            width: width, height: height, channels: channels,
            pixels: [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                fill(UnsafeMutableBufferPointer(rebasing: buffer[..<byteCount]))
                count = byteCount
            })
    }

    /// A picture of the given size whose pixel (x, y) is this one's at `origin + x * stepX + y * stepY`.
    func rearranged(_ size: Extent, from origin: (x: Int, y: Int), stepX: (Int, Int), stepY: (Int, Int))
        -> Image
    {
        func distance(_ step: (x: Int, y: Int)) -> Int { (step.y * width + step.x) * channels }
        return Image(width: size.width, height: size.height, channels: channels) { target in
            pixels.withUnsafeBufferPointer { source in
                ci_rearrange(
                    source.baseAddress! + distance(origin), distance(stepX), distance(stepY), size.width,
                    size.height, Int32(channels), target.baseAddress)
            }
        }
    }

    /// A picture of the given size whose pixel at (x, y) is this one's at `source(x, y)`.
    func remapped(width: Int, height: Int, _ source: (_ x: Int, _ y: Int) -> (x: Int, y: Int)) -> Image {
        Image(width: width, height: height, channels: channels) { target in
            pixels.withUnsafeBufferPointer { pixels in
                var offset = 0
                for y in 0..<height {
                    for x in 0..<width {
                        let from = source(x, y)
                        let start = (from.y * self.width + from.x) * channels
                        for channel in 0..<channels { target[offset + channel] = pixels[start + channel] }
                        offset += channels
                    }
                }
            }
        }
    }
}

extension Image: CustomStringConvertible {
    public var description: String { "\(width)×\(height) \(channels == 1 ? "grey" : "RGB") image" }
}
