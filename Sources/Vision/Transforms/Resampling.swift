// SPDX-License-Identifier: Apache-2.0

import CImages
import Checks
import TensorCore

/// A resampling that has not been computed yet. Crops and flips only change what will be computed.
struct Resampling: Sendable {
    let source: Image
    let interpolation: Interpolation
    private(set) var columns: ResampledAxis
    private(set) var rows: ResampledAxis

    init(
        _ source: Image, region: Region, to size: Extent, _ interpolation: Interpolation,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            size.width > 0 && size.height > 0 && region.width > 0 && region.height > 0 && region.x >= 0
                && region.y >= 0 && region.x + region.width <= Double(source.width)
                && region.y + region.height <= Double(source.height),
            "resized: the region \(region) of a picture of \(source.width)×\(source.height) pixels cannot become \(size.width)×\(size.height) pixels; it must lie within the picture, and both be larger than nothing",
            file: file, line: line)
        self.source = source
        self.interpolation = interpolation
        columns = ResampledAxis(from: region.x, region.width, limit: source.width, to: size.width)
        rows = ResampledAxis(from: region.y, region.height, limit: source.height, to: size.height)
    }

    /// The size of the result.
    var size: Extent { Extent(rows.count, columns.count) }

    mutating func crop(to rect: PixelRect) {
        columns.crop(to: rect.x..<rect.x + rect.width)
        rows.crop(to: rect.y..<rect.y + rect.height)
    }

    mutating func mirror() { columns.reverse() }
    mutating func flip() { rows.reverse() }

    /// The resampled picture.
    func image(loops: ResamplingLoops = .best) -> Image {
        if columns.isIdentity && rows.isIdentity { return source }
        if interpolation == .nearest {
            let (columns, rows) = (columns.nearest, rows.nearest)
            return source.remapped(width: columns.count, height: rows.count) { x, y in (columns[x], rows[y]) }
        }
        return Image(width: size.width, height: size.height, channels: source.channels) { target in
            resample(into: target, loops)
        }
    }

    /// Writes the resampled picture's levels, row by row, the channels of a pixel side by side.
    func writeLevels(to target: UnsafeMutableBufferPointer<UInt8>) {
        if interpolation == .nearest || columns.isIdentity && rows.isIdentity {
            return image().writeLevels(to: target)
        }
        check(target.count == size.area * source.channels, "Resampling: the buffer has another size")
        resample(into: target, .best)
    }

    private func resample(into target: UnsafeMutableBufferPointer<UInt8>, _ loops: ResamplingLoops) {
        withNarrowRows(loops) { narrow, rowBytes, axis, _ in
            loops.table.resample_columns(narrow, rowBytes, axis, target.baseAddress)
        }
    }

    /// Writes the resampled picture's numbers, row by row, the channels of a pixel side by side: each row
    /// becomes numbers while it is in the cache.
    func write(_ numbers: PixelNumbers, to target: UnsafeMutableBufferPointer<Float>) {
        if interpolation == .nearest || columns.isIdentity && rows.isIdentity {
            return numbers.write(image(), to: target)
        }
        check(target.count == size.area * source.channels, "Resampling: the buffer has another size")
        let channels = source.channels
        numbers.withTables(for: channels) { tables in
            withNarrowRows(.best) { narrow, rowBytes, axis, row in
                ResamplingLoops.best.table.resample_columns_to_numbers(
                    narrow, rowBytes, axis, Int32(channels), tables, row, target.baseAddress)
            }
        }
    }

    /// Resamples the rows that are needed along x. Calls `body` with these rows, the bytes in a row, the
    /// weights along y, and a scratch buffer for one row.
    private func withNarrowRows(
        _ loops: ResamplingLoops,
        _ body: (UnsafePointer<UInt8>, Int, ci_axis, UnsafeMutablePointer<UInt8>) -> Void
    ) {
        var scratch = Scratch.spare.take() ?? Scratch()
        scratch.columns.set(columns, interpolation)
        scratch.rows.set(rows, interpolation)
        let span = scratch.rows.span
        scratch.rows.move(by: span.lowerBound)
        let rowBytes = columns.count * source.channels
        scratch.pixels.setCount((span.count + 1) * rowBytes, 0)
        let stride = source.width * source.channels
        scratch.pixels.withUnsafeMutableBufferPointer {
            [columns = scratch.columns, rows = scratch.rows] narrow in
            source.pixels.withUnsafeBufferPointer { pixels in
                columns.withAxis { axis in
                    loops.table.resample_rows(
                        pixels.baseAddress! + span.lowerBound * stride, stride,
                        pixels.baseAddress! + pixels.count, span.count, Int32(source.channels), axis,
                        narrow.baseAddress)
                }
            }
            rows.withAxis { axis in
                body(narrow.baseAddress!, rowBytes, axis, narrow.baseAddress! + span.count * rowBytes)
            }
        }
        Scratch.spare.give(scratch)
    }

    /// Scratch buffers for one resampling.
    private struct Scratch: Sendable {
        var columns = AxisWeights()
        var rows = AxisWeights()
        var pixels: [UInt8] = []

        static let spare = Pool<Scratch>()
    }
}

/// The instruction set of the resampling loops. All give the same bits.
package enum ResamplingLoops: Sendable {
    case best, portable

    fileprivate var table: ci_loops { self == .best ? Self.bestTable : ci_portable_loops().pointee }
    private static let bestTable = ci_best_loops().pointee
}

extension Image {
    /// Writes the levels, row by row, the channels of a pixel side by side.
    func writeLevels(to target: UnsafeMutableBufferPointer<UInt8>) {
        check(target.count == pixels.count, "Image: the buffer has another size")
        _ = target.update(fromContentsOf: pixels)
    }

    /// This picture, or a rectangle of it, at another size. Pixels outside the rectangle have no influence.
    /// Antialiased; Pillow's `resize` to the bit, but for sizes where newer Pillows resample columns before
    /// rows: to the level.
    public func resized(
        to size: Extent, from rect: PixelRect? = nil, _ interpolation: Interpolation = .bilinear,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Image {
        let part = rect.map { cropped(to: $0, file: file, line: line) } ?? self
        return part.resized(
            to: size, from: Region(PixelRect(part.size)), interpolation, file: file, line: line)
    }

    /// A region of this picture at another size; at its border, pixels beside it count too. Pillow's `resize`
    /// with a box.
    public func resized(
        to size: Extent, from region: Region, _ interpolation: Interpolation = .bilinear,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Image {
        resized(to: size, from: region, interpolation, loops: .best, file: file, line: line)
    }

    package func resized(
        to size: Extent, from region: Region, _ interpolation: Interpolation, loops: ResamplingLoops,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Image {
        Resampling(self, region: region, to: size, interpolation, file: file, line: line).image(loops: loops)
    }
}
