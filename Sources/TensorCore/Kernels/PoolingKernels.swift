// SPDX-License-Identifier: Apache-2.0

import Checks

/// The input indices that each output index of a pooling reads, along one axis.
struct PoolingAxis {
    struct Tap {
        var index: Int
        /// The index within the kernel: a small number that identifies the winner of a max pooling.
        var id: Int
    }

    let length: Int
    var taps: [[Tap]]
    /// For each output index, the number that an average divides by along this axis.
    var divisors: [Int]

    /// Windows of `kernel` elements at distances of `stride`, as PyTorch counts them.
    static func windows(
        _ length: Int, kernel: Int, stride: Int, padding: Int, dilation: Int = 1, ceilMode: Bool,
        countIncludesPadding: Bool = true, _ operation: StaticString, file: StaticString = #fileID,
        line: UInt = #line
    ) -> PoolingAxis {
        check(
            [kernel, stride, dilation, padding].allSatisfy { (-Shape.longest...Shape.longest).contains($0) },
            "\(operation): kernel \(kernel), stride \(stride), dilation \(dilation) and padding \(padding) must be at most \(Shape.longest)",
            file: file, line: line)
        let reach = dilation * (kernel - 1) + 1
        check(
            kernel > 0 && stride > 0 && dilation > 0 && padding >= 0 && 2 * padding <= reach,
            "\(operation): kernel \(kernel), stride \(stride) and dilation \(dilation) must be positive, padding \(padding) at most half of the window",
            file: file, line: line
        )
        let span = length + 2 * padding - reach
        // With `ceilMode` the last window may reach over the end, but not by a whole stride. It may be the
        // only window.
        check(
            span + (ceilMode ? stride - 1 : 0) >= 0,
            "\(operation): a window of \(reach) is larger than the \(length) pixels with padding \(padding)\(ceilMode ? ", even with ceilMode and stride \(stride)" : "")",
            file: file, line: line)
        // A span below 0 is possible with `ceilMode` only; there is one window then.
        var count = max(0, span) / stride + 1
        // The last window must begin inside the input or the padding before it.
        if ceilMode && span > 0 && span % stride != 0 && count * stride < length + padding { count += 1 }
        let starts = (0..<count).map { $0 * stride - padding }
        return PoolingAxis(
            length: length,
            taps: starts.map { taps(from: $0, kernel: kernel, dilation: dilation, length: length) },
            divisors: starts.map { start in
                countIncludesPadding
                    ? min(start + kernel, length + padding) - start
                    : min(start + kernel, length) - max(start, 0)
            })
    }

    /// The taps of a window that lie within the axis. A kernel may be much longer than the axis.
    private static func taps(from start: Int, kernel: Int, dilation: Int, length: Int) -> [Tap] {
        let first = start < 0 ? (dilation - 1 - start) / dilation : 0
        let end = start < length ? min(kernel, (length - 1 - start) / dilation + 1) : 0
        return (first..<max(first, end)).map { Tap(index: start + $0 * dilation, id: $0) }
    }

    /// `count` windows that cover the axis as evenly as whole indices allow.
    static func adaptive(_ length: Int, count: Int) -> PoolingAxis {
        let windows = (0..<count).map { $0 * length / count..<(($0 + 1) * length + count - 1) / count }
        return PoolingAxis(
            length: length, taps: windows.map { $0.map { Tap(index: $0, id: 0) } },
            divisors: windows.map(\.count))
    }

    var count: Int { taps.count }
}

/// Pooling of channels-last images: one output pixel at a time, with all its channels.
struct Pooling {
    let rows: PoolingAxis
    let columns: PoolingAxis
    let kernelWidth: Int

    /// The taps of one output pixel: offsets into the image, and their numbers within the kernel.
    private func gather(_ i: Int, _ j: Int, channels: Int, _ taps: inout [Int], _ ids: inout [UInt16]) {
        taps.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
        for row in rows.taps[i] {
            for column in columns.taps[j] {
                taps.append((row.index * columns.length + column.index) * channels)
                ids.append(UInt16(truncatingIfNeeded: row.id * kernelWidth + column.id))
            }
        }
    }

    func resultShape(_ x: Tensor) -> [Int] { [x.shape[0], x.shape[1], rows.count, columns.count] }

    /// The largest of each window and, if they will be asked for, which tap it was.
    func largest(_ input: Tensor, keepWinners: Bool) -> (Tensor, winners: Storage?) {
        let result = Tensor(uninitialized: resultShape(input), order: .channelsLast)
        let winners = keepWinners ? Storage(byteCount: result.count * 2) : nil
        let ids = winners?.bytes.assumingMemoryBound(to: UInt16.self)
        let (x, y, channels) = (input.pointer, result.mutablePointer, input.shape[1])
        let loops = Kernels.loops
        forEachPixel(input, grouped: input.shape[0] * rows.count, rowsPerGroup: 1) {
            image, pixel, taps, tapIDs in
            loops.max_pool_pixel(
                x + image, taps.baseAddress, tapIDs.baseAddress, taps.count, channels, y + pixel * channels,
                ids.map { $0 + pixel * channels })
        }
        withExtendedLifetime(input) {}
        return (result, winners)
    }

    func maximumPullback(_ gradient: Tensor, winners: Storage, inputShape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: inputShape, order: .channelsLast)
        let (g, y, channels) = (gradient.pointer, result.mutablePointer, inputShape[1])
        let ids = winners.bytes.assumingMemoryBound(to: UInt16.self)
        let loops = Kernels.loops
        Kernels.clear(result)
        forEachPixel(result, grouped: inputShape[0], rowsPerGroup: rows.count) { image, pixel, taps, tapIDs in
            loops.max_pool_pixel_pullback(
                g + pixel * channels, ids + pixel * channels, taps.baseAddress, tapIDs.baseAddress,
                taps.count, channels, y + image)
        }
        withExtendedLifetime((gradient, winners)) {}
        return result
    }

    func average(_ input: Tensor) -> Tensor {
        let result = Tensor(uninitialized: resultShape(input), order: .channelsLast)
        let (x, y, channels) = (input.pointer, result.mutablePointer, input.shape[1])
        let loops = Kernels.loops
        forEachPixel(input, grouped: input.shape[0] * rows.count, rowsPerGroup: 1) { image, pixel, taps, _ in
            loops.average_pixels(
                x + image, taps.baseAddress, taps.count, channels, divisor(of: pixel), y + pixel * channels)
        }
        withExtendedLifetime(input) {}
        return result
    }

    func averagePullback(_ gradient: Tensor, inputShape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: inputShape, order: .channelsLast)
        let (g, y, channels) = (gradient.pointer, result.mutablePointer, inputShape[1])
        let loops = Kernels.loops
        Kernels.clear(result)
        forEachPixel(result, grouped: inputShape[0], rowsPerGroup: rows.count) { image, pixel, taps, _ in
            loops.spread_pixel(
                g + pixel * channels, taps.baseAddress, taps.count, channels, divisor(of: pixel), y + image)
        }
        withExtendedLifetime(gradient) {}
        return result
    }

    private func divisor(of pixel: Int) -> Int {
        let position = pixel % (rows.count * columns.count)
        return rows.divisors[position / columns.count] * columns.divisors[position % columns.count]
    }

    /// Visits output pixels, shared among threads in groups of whole rows that one thread owns.
    /// `body` gets the offset of the pixel's image, the pixel's number, and its taps.
    private func forEachPixel(
        _ image: Tensor, grouped groups: Int, rowsPerGroup: Int,
        _ body: (Int, Int, UnsafeBufferPointer<Int>, UnsafeBufferPointer<UInt16>) -> Void
    ) {
        let channels = image.shape[1]
        let imageSize = rows.length * columns.length * channels
        let work = max(1, rowsPerGroup * columns.count * channels)
        ThreadPool.shared.split(groups, grain: max(1, 16384 / work)) { range in
            var taps: [Int] = []
            var ids: [UInt16] = []
            for row in range.lowerBound * rowsPerGroup..<range.upperBound * rowsPerGroup {
                for j in 0..<columns.count {
                    gather(row % rows.count, j, channels: channels, &taps, &ids)
                    taps.withUnsafeBufferPointer { taps in
                        ids.withUnsafeBufferPointer { ids in
                            body(row / rows.count * imageSize, row * columns.count + j, taps, ids)
                        }
                    }
                }
            }
        }
    }
}
