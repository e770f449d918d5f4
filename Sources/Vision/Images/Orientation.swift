// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// How a stored picture must be rotated or mirrored to be upright. The raw values are EXIF's.
public enum Orientation: Int, Sendable, CaseIterable {
    case upright = 1
    /// Left and right are exchanged.
    case mirrored = 2
    case upsideDown = 3
    /// Top and bottom are exchanged.
    case flipped = 4
    /// Rows are columns.
    case transposed = 5
    /// Must be rotated a quarter turn clockwise.
    case turnedLeft = 6
    case antitransposed = 7
    /// Must be rotated a quarter turn counter-clockwise.
    case turnedRight = 8

    /// Whether width and height are exchanged.
    public var exchangesSides: Bool { rawValue >= 5 }

    /// The size of a picture after it is rotated, given its size before, or the reverse.
    func turned(_ size: Extent) -> Extent { exchangesSides ? Extent(size.width, size.height) : size }

    /// Where a rectangle of the upright picture lies in the stored one, which has the size `stored`.
    func stored(_ rect: PixelRect, in stored: Extent) -> PixelRect {
        var result = rect
        if exchangesSides {
            result = PixelRect(x: rect.y, y: rect.x, width: rect.height, height: rect.width)
        }
        let (mirrorsX, mirrorsY) = mirrors
        if mirrorsX { result.x = stored.width - result.x - result.width }
        if mirrorsY { result.y = stored.height - result.y - result.height }
        return result
    }

    /// Where a region of a stored picture, which has the size `stored`, lies in the upright one.
    func turned(_ region: Region, in stored: Extent) -> Region {
        var result = region
        let (mirrorsX, mirrorsY) = mirrors
        if mirrorsX { result.x = Double(stored.width) - region.x - region.width }
        if mirrorsY { result.y = Double(stored.height) - region.y - region.height }
        guard exchangesSides else { return result }
        return Region(x: result.y, y: result.x, width: result.height, height: result.width)
    }

    /// Whether the stored picture's columns and rows run backwards.
    fileprivate var mirrors: (x: Bool, y: Bool) {
        switch self {
        case .upright, .transposed: (false, false)
        case .mirrored, .turnedRight: (true, false)
        case .flipped, .turnedLeft: (false, true)
        case .upsideDown, .antitransposed: (true, true)
        }
    }
}

extension Image {
    /// The picture turned upright.
    public func oriented(_ orientation: Orientation) -> Image {
        guard orientation != .upright else { return self }
        let (mirrorsX, mirrorsY) = orientation.mirrors
        let (right, down) = ((mirrorsX ? -1 : 1, 0), (0, mirrorsY ? -1 : 1))
        return rearranged(
            orientation.turned(size), from: (mirrorsX ? width - 1 : 0, mirrorsY ? height - 1 : 0),
            stepX: orientation.exchangesSides ? down : right,
            stepY: orientation.exchangesSides ? right : down)
    }
}
