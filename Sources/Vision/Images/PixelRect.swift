// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A rectangle of whole pixels.
public struct PixelRect: Sendable, Equatable, CustomStringConvertible {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// All of a picture.
    public init(_ size: Extent) { self.init(x: 0, y: 0, width: size.width, height: size.height) }

    public var size: Extent { Extent(height, width) }
    public var description: String { "\(width)×\(height) at (\(x), \(y))" }

    func lies(within size: Extent) -> Bool {
        x >= 0 && y >= 0 && width > 0 && height > 0 && width <= size.width - x && height <= size.height - y
    }
}

/// A rectangle whose corners may lie between pixels, for resampling.
public struct Region: Sendable, Equatable, CustomStringConvertible {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    public var description: String { "\(width)×\(height) at (\(x), \(y))" }

    public init(_ rect: PixelRect) {
        self.init(
            x: Double(rect.x), y: Double(rect.y), width: Double(rect.width), height: Double(rect.height))
    }
}
