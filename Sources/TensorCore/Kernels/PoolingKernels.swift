// SPDX-License-Identifier: Apache-2.0

import Checks

/// The input indices that each output index of a pooling reads, along one axis.
struct PoolingAxis {
    struct Tap {
        var index: Int
        /// The index within the kernel: a small number that identifies the winner of a max pooling.
        var id: Int
    }

    /// Windows of `kernel` elements at distances of `stride`.
    struct Windows {
        var kernel: Int
        var stride: Int
        var padding: Int
        var dilation: Int
        var countsPadding: Bool
    }

    let length: Int
    /// The number of windows.
    let count: Int
    /// Nil if the windows cover the axis as evenly as whole indices allow.
    let windows: Windows?

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
        return PoolingAxis(
            length: length, count: count,
            windows: Windows(
                kernel: kernel, stride: stride, padding: padding, dilation: dilation,
                countsPadding: countIncludesPadding))
    }

    /// `count` windows that cover the axis as evenly as whole indices allow.
    static func adaptive(_ length: Int, count: Int) -> PoolingAxis {
        PoolingAxis(length: length, count: count, windows: nil)
    }

    /// The indices that window `index` of those that cover the axis evenly reads.
    private func evenRange(_ index: Int) -> Range<Int> {
        index * length / count..<((index + 1) * length + count - 1) / count
    }

    /// For each output index, the input indices that it reads.
    var taps: [[Tap]] {
        (0..<count).map { index in
            guard let windows else { return evenRange(index).map { Tap(index: $0, id: 0) } }
            return Self.taps(
                from: index * windows.stride - windows.padding, kernel: windows.kernel,
                dilation: windows.dilation, length: length)
        }
    }

    /// For each output index, the number that an average divides by along this axis.
    var divisors: [Int] {
        (0..<count).map { index in
            guard let windows else { return evenRange(index).count }
            let start = index * windows.stride - windows.padding
            return windows.countsPadding
                ? min(start + windows.kernel, length + windows.padding) - start
                : min(start + windows.kernel, length) - max(start, 0)
        }
    }

    /// The taps of a window that lie within the axis. A kernel may be much longer than the axis.
    private static func taps(from start: Int, kernel: Int, dilation: Int, length: Int) -> [Tap] {
        let first = start < 0 ? (dilation - 1 - start) / dilation : 0
        let end = start < length ? min(kernel, (length - 1 - start) / dilation + 1) : 0
        return (first..<max(first, end)).map { Tap(index: start + $0 * dilation, id: $0) }
    }
}

/// Pooling of channels-last images: one output pixel at a time, with all its channels.
struct Pooling {
    let rows: PoolingAxis
    let columns: PoolingAxis
    let kernelWidth: Int

    func resultShape(_ x: Tensor) -> [Int] { [x.shape[0], x.shape[1], rows.count, columns.count] }

    /// The largest of each window and, if they will be asked for, which tap it was.
    func largest(_ input: Tensor, keepWinners: Bool) -> (Tensor, winners: Storage?) {
        if let gpu = Kernels.gpu { return gpu.largest(input, self, keepWinners: keepWinners) }
        let result = Tensor(uninitialized: resultShape(input), order: .channelsLast)
        let winners = keepWinners ? Storage(byteCount: result.count * 2) : nil
        let ids = winners?.mutableBytes.assumingMemoryBound(to: UInt16.self)
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
        if let gpu = Kernels.gpu {
            return gpu.maximumPullback(gradient, self, winners: winners, inputShape: inputShape)
        }
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
        if let gpu = Kernels.gpu { return gpu.average(input, self) }
        let result = Tensor(uninitialized: resultShape(input), order: .channelsLast)
        let (x, y, channels) = (input.pointer, result.mutablePointer, input.shape[1])
        let loops = Kernels.loops
        let divisors = Divisors(self)
        forEachPixel(input, grouped: input.shape[0] * rows.count, rowsPerGroup: 1) { image, pixel, taps, _ in
            loops.average_pixels(
                x + image, taps.baseAddress, taps.count, channels, divisors[pixel], y + pixel * channels)
        }
        withExtendedLifetime(input) {}
        return result
    }

    func averagePullback(_ gradient: Tensor, inputShape: [Int]) -> Tensor {
        if let gpu = Kernels.gpu { return gpu.averagePullback(gradient, self, inputShape: inputShape) }
        let result = Tensor(uninitialized: inputShape, order: .channelsLast)
        let (g, y, channels) = (gradient.pointer, result.mutablePointer, inputShape[1])
        let loops = Kernels.loops
        let divisors = Divisors(self)
        Kernels.clear(result)
        forEachPixel(result, grouped: inputShape[0], rowsPerGroup: rows.count) { image, pixel, taps, _ in
            loops.spread_pixel(
                g + pixel * channels, taps.baseAddress, taps.count, channels, divisors[pixel], y + image)
        }
        withExtendedLifetime(gradient) {}
        return result
    }

    /// The number that the average of each output pixel is divided by.
    private struct Divisors {
        let rows: [Int]
        let columns: [Int]

        init(_ pooling: Pooling) { (rows, columns) = (pooling.rows.divisors, pooling.columns.divisors) }

        subscript(pixel: Int) -> Int {
            let position = pixel % (rows.count * columns.count)
            return rows[position / columns.count] * columns[position % columns.count]
        }
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
        let (rowTaps, columnTaps) = (rows.taps, columns.taps)
        ThreadPool.shared.split(groups, grain: max(1, 16384 / work)) { range in
            var taps: [Int] = []
            var ids: [UInt16] = []
            for row in range.lowerBound * rowsPerGroup..<range.upperBound * rowsPerGroup {
                for j in 0..<columns.count {
                    taps.removeAll(keepingCapacity: true)
                    ids.removeAll(keepingCapacity: true)
                    for down in rowTaps[row % rows.count] {
                        for across in columnTaps[j] {
                            taps.append((down.index * columns.length + across.index) * channels)
                            ids.append(UInt16(truncatingIfNeeded: down.id * kernelWidth + across.id))
                        }
                    }
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
