// SPDX-License-Identifier: Apache-2.0

import CImages
import TensorCore

/// How pixels between pixels are found.
public enum Interpolation: String, Sendable, Codable {
    /// The pixel at the place itself.
    case nearest
    /// A triangle over the two nearest pixels, wider when the picture shrinks (antialiased).
    case bilinear
    /// Keys' cubic with a = -0.5 over the four nearest, wider when the picture shrinks.
    case bicubic

    var support: Double { self == .bicubic ? 2 : 1 }

    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest: return x < 0.5 ? 1 : 0
        case .bilinear: return x < 1 ? 1 - x : 0
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}

/// A rectangle of whole pixels.
public struct PixelRect: Sendable, Equatable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
}

/// The weights of one axis in fixed point, as Pillow computes them, so that results agree to the level.
private struct AxisWeights {
    var starts: [Int32] = []
    var lengths: [Int32] = []
    var weights: [Int32] = []
    var support = 0

    init(from length: Int, to target: Int, _ interpolation: Interpolation) {
        let scale = Double(length) / Double(target)
        let filterScale = max(scale, 1)
        let reach = interpolation.support * filterScale
        support = Int(reach.rounded(.up)) * 2 + 1
        for index in 0..<target {
            let center = (Double(index) + 0.5) * scale
            let first = max(0, Int(center - reach + 0.5))
            let last = min(length, Int(center + reach + 0.5))
            var values = (first..<last).map {
                interpolation.weight((Double($0) - center + 0.5) / filterScale)
            }
            let total = values.reduce(0, +)
            if total != 0 { values = values.map { $0 / total } }
            starts.append(Int32(first))
            lengths.append(Int32(values.count))
            weights += values.map { Int32(($0 * 4_194_304).rounded(.toNearestOrAwayFromZero)) }
            weights += [Int32](repeating: 0, count: support - values.count)
        }
    }
}

extension Image {
    /// This picture, or a rectangle of it, at another size. Antialiased; within rounding of Pillow's `resize`.
    public func resized(
        to size: Extent, from rect: PixelRect? = nil, _ interpolation: Interpolation = .bilinear
    ) -> Image {
        let rect = rect ?? PixelRect(x: 0, y: 0, width: width, height: height)
        precondition(
            size.width > 0 && size.height > 0 && rect.width > 0 && rect.height > 0 && rect.x >= 0
                && rect.y >= 0
                && rect.x + rect.width <= width && rect.y + rect.height <= height,
            "resized: \(rect) of \(width)×\(height) pixels to \(size.height)×\(size.width)")
        if size.width == rect.width && size.height == rect.height { return cropped(to: rect) }
        if interpolation == .nearest {
            return remapped(width: size.width, height: size.height) { x, y in
                (
                    rect.x + Int((Double(x) + 0.5) * Double(rect.width) / Double(size.width)),
                    rect.y + Int((Double(y) + 0.5) * Double(rect.height) / Double(size.height))
                )
            }
        }
        let columns = AxisWeights(from: rect.width, to: size.width, interpolation)
        let rows = AxisWeights(from: rect.height, to: size.height, interpolation)
        // Only the rows that the second pass will look at.
        let firstRow = Int(rows.starts[0])
        let rowCount = Int(rows.starts.last! + rows.lengths.last!) - firstRow
        let narrow = [UInt8](unsafeUninitializedCapacity: rowCount * size.width * channels) { buffer, count in
            count = rowCount * size.width * channels
            pixels.withUnsafeBufferPointer { source in
                ci_resample_rows(
                    source.baseAddress! + ((rect.y + firstRow) * width + rect.x) * channels, width * channels,
                    rowCount,
                    Int32(channels), size.width, columns.starts, columns.lengths, columns.weights,
                    columns.support,
                    buffer.baseAddress)
            }
        }
        let starts = rows.starts.map { $0 - Int32(firstRow) }
        let result = [UInt8](unsafeUninitializedCapacity: size.area * channels) { buffer, count in
            count = size.area * channels
            ci_resample_columns(
                narrow, size.width * channels, size.height, starts, rows.lengths, rows.weights, rows.support,
                buffer.baseAddress)
        }
        return Image(width: size.width, height: size.height, channels: channels, pixels: result)
    }

    /// A rectangle of this picture.
    public func cropped(to rect: PixelRect) -> Image {
        precondition(
            rect.x >= 0 && rect.y >= 0 && rect.width > 0 && rect.height > 0 && rect.x + rect.width <= width
                && rect.y + rect.height <= height, "cropped: \(rect) is not within \(width)×\(height) pixels")
        if rect.width == width && rect.height == height { return self }
        var result: [UInt8] = []
        result.reserveCapacity(rect.width * rect.height * channels)
        for y in rect.y..<rect.y + rect.height {
            let start = (y * width + rect.x) * channels
            result += pixels[start..<start + rect.width * channels]
        }
        return Image(width: rect.width, height: rect.height, channels: channels, pixels: result)
    }
}
