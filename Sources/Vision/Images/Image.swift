// SPDX-License-Identifier: Apache-2.0

/// A picture in memory: rows of interleaved pixels, eight bits a channel.
public struct Image: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 1 for grey, 3 for RGB.
    public let channels: Int
    /// `height` rows of `width` pixels of `channels` bytes.
    public var pixels: [UInt8]

    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(
            width > 0 && height > 0 && (channels == 1 || channels == 3)
                && pixels.count == width * height * channels,
            "Image: \(pixels.count) bytes are not \(width)×\(height) pixels of \(channels) channels (1 or 3)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// A picture of one colour.
    public init(width: Int, height: Int, color: [UInt8]) {
        self.init(
            width: width, height: height, channels: color.count,
            pixels: (0..<width * height).flatMap { _ in color })
    }

    /// The channels of one pixel.
    public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
        let start = (y * width + x) * channels
        return pixels[start..<start + channels]
    }

    /// Grey is repeated in three channels.
    public var rgb: Image {
        guard channels == 1 else { return self }
        return Image(
            width: width, height: height, channels: 3,
            pixels: [UInt8](unsafeUninitializedCapacity: pixels.count * 3) { buffer, count in
                for (index, value) in pixels.enumerated() {
                    for channel in 0..<3 { buffer[3 * index + channel] = value }
                }
                count = pixels.count * 3
            })
    }

    /// A picture of the given size whose pixel at (x, y) is this one's at `source(x, y)`.
    func remapped(width: Int, height: Int, _ source: (_ x: Int, _ y: Int) -> (x: Int, y: Int)) -> Image {
        var result = [UInt8]()
        result.reserveCapacity(width * height * channels)
        for y in 0..<height {
            for x in 0..<width {
                let from = source(x, y)
                let start = (from.y * self.width + from.x) * channels
                for channel in 0..<channels { result.append(pixels[start + channel]) }
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: result)
    }

    public var flippedHorizontally: Image { remapped(width: width, height: height) { (width - 1 - $0, $1) } }
    public var flippedVertically: Image { remapped(width: width, height: height) { ($0, height - 1 - $1) } }
}
