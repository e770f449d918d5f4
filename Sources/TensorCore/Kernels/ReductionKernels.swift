// SPDX-License-Identifier: Apache-2.0

extension Kernels {
    /// The sum over `axes`, which keep length 1.
    static func reduceSum(_ x: Tensor, axes: [Int]) -> Tensor {
        x.requireType(.float32, "sum")
        if let sums = columnSums(x, axes: axes) { return sums }
        return reduce(x, axes: axes) { start, stride, count in
            Float(loops.sum(count, start, stride))
        } combine: { parts in
            Float(parts.reduce(0) { $0 + Double($1) })
        }
    }

    /// The maximum over `axes`, which keep length 1. NaN wins.
    static func reduceMax(_ x: Tensor, axes: [Int]) -> Tensor {
        x.requireType(.float32, "max")
        return reduce(x, axes: axes) { start, stride, count in
            loops.maximum(count, start, stride)
        } combine: { parts in
            parts.first(where: \.isNaN) ?? parts.max()!
        }
    }

    /// Sums over everything but the fastest varying axis, as for a bias: rows are read once, in order.
    private static func columnSums(_ x: Tensor, axes: [Int]) -> Tensor? {
        guard x.isDense, x.count > 0,
            let fastest = Shape.memoryOrder(x.shape, x.strides).last(where: { x.shape[$0] != 1 }),
            x.strides[fastest] == 1, !axes.contains(fastest),
            x.shape.indices.allSatisfy({ $0 == fastest || axes.contains($0) || x.shape[$0] == 1 })
        else { return nil }
        let channels = x.shape[fastest]
        let sums = columnSums(x.pointer, rows: x.count / channels, channels: channels)
        var shape = x.shape
        for axis in axes { shape[axis] = 1 }
        return withExtendedLifetime(x) { Tensor(sums.map { Float($0) }, shape: shape) }
    }

    /// Σ over rows of `[rows, channels]`, in an order that depends on the number of threads alone.
    static func columnSums(_ x: UnsafePointer<Float>, rows: Int, channels: Int) -> [Double] {
        let loops = loops
        return accumulate(rows: rows, width: channels) { range, sums in
            loops.column_sums(range.count, channels, x + range.lowerBound * channels, channels, sums)
        }
    }

    /// Adds up what `body` makes of ranges of rows: each range has `width` sums of its own, added in order.
    static func accumulate(
        rows: Int, width: Int, _ body: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        let parts = ThreadPool.shared.parts(rows, grain: Swift.max(1, 32768 / Swift.max(1, width)))
        var sums = [Double](repeating: 0, count: parts * width)
        sums.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let start = buffer.baseAddress!
            ThreadPool.shared.run(tasks: parts) { part in
                body(rows * part / parts..<rows * (part + 1) / parts, start + part * width)
            }
        }
        for part in 1..<Swift.max(1, parts) {
            for index in 0..<width { sums[index] += sums[part * width + index] }
        }
        return Array(sums.prefix(width))
    }

    private static func reduce(
        _ x: Tensor, axes: [Int], _ run: (UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Float,
        combine: ([Float]) -> Float
    ) -> Tensor {
        let kept = x.shape.indices.filter { !axes.contains($0) }
        let inner = StridedLoop(shape: axes.map { x.shape[$0] }, strides: [axes.map { x.strides[$0] }])
        var resultShape = x.shape
        for axis in axes { resultShape[axis] = 1 }
        let result = Tensor(uninitialized: resultShape)
        let starts = positions(shape: kept.map { x.shape[$0] }, strides: kept.map { x.strides[$0] })
        let runs = positions(
            shape: Array(inner.shape.dropLast()), strides: Array(inner.strides[0].dropLast()))
        let isEmpty = axes.contains { x.shape[$0] == 0 }
        let (out, input) = (result.mutablePointer, x.pointer)
        ThreadPool.shared.split(
            starts.count, grain: Swift.max(1, 32768 / Swift.max(1, x.count / Swift.max(1, starts.count)))
        ) { range in
            for index in range {
                out[index] =
                    isEmpty
                    ? 0
                    : combine(
                        runs.map { run(input + starts[index] + $0, inner.innerStride(0), inner.shape.last!) })
            }
        }
        withExtendedLifetime(x) {}
        return result
    }

    /// The storage offsets of all places of a shape, in row-major order.
    private static func positions(shape: [Int], strides: [Int]) -> [Int] {
        zip(shape, strides).reduce([0]) { places, axis in
            places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
        }
    }
}
