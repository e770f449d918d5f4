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

    fileprivate var support: Double { self == .bicubic ? 2 : 1 }

    fileprivate func weight(_ distance: Double) -> Double {
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

/// The weights of one axis in fixed point, computed in Pillow's steps, so that results are Pillow's.
private struct AxisWeights {
    private var starts: [Int32] = []
    private var lengths: [Int32] = []
    private var weights: [Int32] = []
    private let support: Int

    /// From `length` pixels at `start` of an axis with `limit` pixels to `target` pixels.
    init(
        from start: Double, _ length: Double, limit: Int, to target: Int, _ interpolation: Interpolation
    ) {
        let scale = length / Double(target)
        let filterScale = max(scale, 1)
        let reach = interpolation.support * filterScale
        support = Int(reach.rounded(.up)) * 2 + 1
        starts.reserveCapacity(target)
        lengths.reserveCapacity(target)
        weights = [Int32](repeating: 0, count: target * support)
        var values = [Double](repeating: 0, count: support)
        for index in 0..<target {
            let center = start + (Double(index) + 0.5) * scale
            let first = min(max(0, Int(center - reach + 0.5)), limit - 1)
            let last = max(first + 1, min(limit, Int(center + reach + 0.5)))
            var total = 0.0
            for place in first..<last {
                let weight = interpolation.weight((Double(place) - center + 0.5) * (1 / filterScale))
                values[place - first] = weight
                total += weight
            }
            starts.append(Int32(first))
            lengths.append(Int32(last - first))
            for offset in 0..<(last - first) {
                let share = total == 0 ? values[offset] : values[offset] / total
                weights[index * support + offset] = Int32(
                    (share * 4_194_304).rounded(.toNearestOrAwayFromZero))
            }
        }
    }

    /// The inputs that are used.
    var span: Range<Int> { Int(starts[0])..<Int(starts.last! + lengths.last!) }

    func moved(by distance: Int) -> AxisWeights {
        var result = self
        result.starts = starts.map { $0 - Int32(distance) }
        return result
    }

    func withAxis(_ body: (ci_axis) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            lengths.withUnsafeBufferPointer { lengths in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        ci_axis(
                            count: starts.count, starts: starts.baseAddress, lengths: lengths.baseAddress,
                            weights: weights.baseAddress, support: support))
                }
            }
        }
    }
}

/// Which loops resample. All give the same bits.
package enum ResamplingLoops: Sendable {
    case best, portable

    fileprivate var table: ci_loops { self == .best ? Self.bestTable : ci_portable_loops().pointee }
    private static let bestTable = ci_best_loops().pointee
}

extension Image {
    /// This picture, or a rectangle of it as if it were a picture of its own, at another size. Antialiased; Pillow's
    /// `resize` to the bit, but for sizes where newer Pillows resample columns before rows: to the level.
    public func resized(
        to size: Extent, from rect: PixelRect? = nil, _ interpolation: Interpolation = .bilinear
    ) -> Image {
        let part = rect.map { cropped(to: $0) } ?? self
        return part.resized(to: size, from: Region(PixelRect(part.size)), interpolation)
    }

    /// A region of this picture at another size; at its border, pixels beside it count too. Pillow's `resize` with a box.
    public func resized(
        to size: Extent, from region: Region, _ interpolation: Interpolation = .bilinear
    ) -> Image {
        resized(to: size, from: region, interpolation, loops: .best)
    }

    package func resized(
        to size: Extent, from region: Region, _ interpolation: Interpolation, loops: ResamplingLoops
    ) -> Image {
        precondition(
            size.width > 0 && size.height > 0 && region.width > 0 && region.height > 0 && region.x >= 0
                && region.y >= 0 && region.x + region.width <= Double(width)
                && region.y + region.height <= Double(height),
            "resized: \(region) of \(width)×\(height) pixels to \(size.height)×\(size.width)")
        if region == Region(PixelRect(size)) && size == self.size { return self }
        if interpolation == .nearest {
            let columns = Self.places(from: region.x, region.width, to: size.width, limit: width)
            let rows = Self.places(from: region.y, region.height, to: size.height, limit: height)
            return remapped(width: size.width, height: size.height) { x, y in (columns[x], rows[y]) }
        }
        let columns = AxisWeights(
            from: region.x, region.width, limit: width, to: size.width, interpolation)
        let rows = AxisWeights(from: region.y, region.height, limit: height, to: size.height, interpolation)
        // Only the rows that the second pass looks at.
        let span = rows.span
        let narrow = Image(width: size.width, height: span.count, channels: channels) { target in
            pixels.withUnsafeBufferPointer { source in
                columns.withAxis { axis in
                    let stride = width * channels
                    loops.table.resample_rows(
                        source.baseAddress! + span.lowerBound * stride, stride,
                        source.baseAddress! + source.count, span.count, Int32(channels), axis,
                        target.baseAddress)
                }
            }
        }
        return Image(width: size.width, height: size.height, channels: channels) { target in
            narrow.pixels.withUnsafeBufferPointer { source in
                rows.moved(by: span.lowerBound).withAxis { axis in
                    loops.table.resample_columns(
                        source.baseAddress, size.width * channels, axis, target.baseAddress)
                }
            }
        }
    }

    /// The pixels nearest to the middles of new ones. Added up as Pillow does, whose rounding decides between two that
    /// are equally near.
    private static func places(from start: Double, _ length: Double, to count: Int, limit: Int) -> [Int] {
        let step = length / Double(count)
        var place = start + step / 2
        return (0..<count).map { _ in
            defer { place += step }
            return min(Int(place), limit - 1)
        }
    }
}
