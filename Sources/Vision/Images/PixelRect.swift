// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A rectangle of whole pixels.
public struct PixelRect: Sendable, Equatable, CustomStringConvertible {
    /// Column of the left edge, counted from 0.
    public var x: Int
    /// Row of the top edge, counted from 0.
    public var y: Int
    /// Columns of pixels.
    public var width: Int
    /// Rows of pixels.
    public var height: Int

    /// The rectangle whose first pixel, at the top left, is `(x, y)`.
    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// All of a picture.
    public init(_ size: Extent) { self.init(x: 0, y: 0, width: size.width, height: size.height) }

    /// The height and width.
    public var size: Extent { Extent(height, width) }
    public var description: String { "\(width)×\(height) at (\(x), \(y))" }

    func lies(within size: Extent) -> Bool {
        x >= 0 && y >= 0 && width > 0 && height > 0 && width <= size.width - x && height <= size.height - y
    }
}

/// A rectangle whose corners may lie between pixels, for resampling.
public struct Region: Sendable, Equatable, CustomStringConvertible {
    /// Left edge in pixels; the first column of a picture reaches from 0 to 1.
    public var x: Double
    /// Top edge in pixels; the first row of a picture reaches from 0 to 1.
    public var y: Double
    /// Columns of pixels, with fractions.
    public var width: Double
    /// Rows of pixels, with fractions.
    public var height: Double

    /// The rectangle whose top left corner is `(x, y)`.
    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    public var description: String { "\(width)×\(height) at (\(x), \(y))" }

    /// The rectangle that covers whole pixels.
    public init(_ rect: PixelRect) {
        self.init(
            x: Double(rect.x), y: Double(rect.y), width: Double(rect.width), height: Double(rect.height))
    }
}
