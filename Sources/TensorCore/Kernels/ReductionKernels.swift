// SPDX-License-Identifier: Apache-2.0

/// Sums are added up in float64 over blocks short enough for float32, and rounded once, at the end.
extension Kernels {
    /// The sum over `axes`, which keep length 1, divided by a number.
    static func reduceSum(_ x: Tensor, axes: [Int], dividedBy divisor: Double = 1) -> Tensor {
        x.requireType(.float32, "sum")
        if let gpu { return gpu.reduceSum(x, axes: axes, dividedBy: divisor) }
        if let rows = rows(of: x, reducing: axes) {
            let sums = columnSums(x.pointer, rows: rows, channels: x.count / rows)
            return withExtendedLifetime(x) {
                Tensor(sums.map { Float($0 / divisor) }, shape: reducedShape(x, axes))
            }
        }
        return reduce(x, axes: axes, ofNothing: Float(0 / divisor)) { start, runs in
            Float(sum(start, runs) / divisor)
        }
    }

    /// The sum over `axes`, which are removed from the shape.
    static func sum(_ x: Tensor, axes: [Int]) -> Tensor {
        let sums = reduceSum(x, axes: axes)
        let shape = x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }
        return Tensor(
            storage: sums.storage, shape: shape, strides: Shape.strides(shape), scalarType: sums.scalarType)
    }

    /// The mean and the sum of the squared deviations from it, divided by a number, over `axes`, which keep
    /// length 1.
    static func reduceVariance(_ x: Tensor, axes: [Int], dividedBy divisor: Double) -> (
        mean: Tensor, variance: Tensor
    ) {
        x.requireType(.float32, "variance")
        if let gpu { return gpu.reduceVariance(x, axes: axes, dividedBy: divisor) }
        let shape = reducedShape(x, axes)
        if let rows = rows(of: x, reducing: axes) {
            let (mean, squares) = columnMoments(x.pointer, rows: rows, channels: x.count / rows)
            return withExtendedLifetime(x) {
                (
                    Tensor(mean.map { Float($0) }, shape: shape),
                    Tensor(squares.map { Float($0 / divisor) }, shape: shape)
                )
            }
        }
        let count = Double(axes.reduce(1) { $0 * x.shape[$1] })
        let mean = reduceSum(x, axes: axes, dividedBy: count)
        let means = mean.floats
        let deviations = loops.deviations!
        let variance = reduce(x, axes: axes) { start, runs in
            var (rest, squares) = (0.0, 0.0)
            for offset in runs.offsets {
                deviations(
                    runs.count, start + offset, runs.stride, means[runs.result], &rest, &squares)
            }
            // The mean was rounded. Subtract what that rounding adds to the squares.
            return Float((squares - rest * rest / count) / divisor)
        }
        return (mean, variance)
    }

    /// The maximum over `axes`, which keep length 1. NaN wins.
    static func reduceMax(_ x: Tensor, axes: [Int]) -> Tensor {
        x.requireType(.float32, "max")
        if let gpu { return gpu.reduce(x, axes: axes, .largest) }
        let largest = loops.maximum!
        return reduce(x, axes: axes) { start, runs in
            var best = -Float.infinity
            for offset in runs.offsets {
                let value = largest(runs.count, start + offset, runs.stride)
                if value.isNaN { return value }
                best = Swift.max(best, value)
            }
            return best
        }
    }

    /// Σ over rows of `[rows, channels]`, in an order that depends on the number of threads alone.
    static func columnSums(_ x: UnsafePointer<Float>, rows: Int, channels: Int) -> [Double] {
        let loops = loops
        return accumulate(rows: rows, width: channels) { range, sums in
            loops.column_sums(range.count, channels, x + range.lowerBound * channels, channels, sums)
        }
    }

    /// The mean and the sum of squared deviations of each column of `[rows, channels]`. Each part of the rows
    /// is measured around its own mean, and the parts are then combined: this avoids cancellation.
    static func columnMoments(_ x: UnsafePointer<Float>, rows: Int, channels: Int) -> (
        mean: [Double], squares: [Double]
    ) {
        let loops = loops
        let parts = ThreadPool.shared.parts(rows, grain: Swift.max(1, 32768 / Swift.max(1, channels)))
        // Of each part the means, then the squares.
        var moments = [Double](repeating: 0, count: parts * 2 * channels)
        moments.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let start = buffer.baseAddress!
            ThreadPool.shared.run(tasks: parts) { part in
                let own = start + part * 2 * channels
                let (first, end) = (rows * part / parts, rows * (part + 1) / parts)
                loops.channel_moments(end - first, channels, x + first * channels, own, own + channels)
            }
        }
        for part in 1..<Swift.max(1, parts) {
            let (before, end) = (rows * part / parts, rows * (part + 1) / parts)
            let share = Double(end - before) / Double(end)
            for c in 0..<channels {
                let delta = moments[2 * part * channels + c] - moments[c]
                moments[c] += delta * share
                moments[channels + c] +=
                    moments[(2 * part + 1) * channels + c] + delta * delta * share * Double(before)
            }
        }
        return (Array(moments[..<channels]), Array(moments[channels..<2 * channels]))
    }

    /// Adds up the results of `body` over ranges of rows. Each range has `width` sums of its own, added in
    /// order.
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

    /// The number of rows if all axes but the one that varies fastest in memory are reduced, as for a bias;
    /// nil otherwise. Such rows are read once, in order.
    static func rows(of x: Tensor, reducing axes: [Int]) -> Int? {
        guard x.isDense, x.count > 0,
            let fastest = Shape.memoryOrder(x.shape, x.strides).last(where: { x.shape[$0] != 1 }),
            x.strides[fastest] == 1, !axes.contains(fastest),
            x.shape.indices.allSatisfy({ $0 == fastest || axes.contains($0) || x.shape[$0] == 1 })
        else { return nil }
        return x.count / x.shape[fastest]
    }

    static func reducedShape(_ x: Tensor, _ axes: [Int]) -> [Int] {
        x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    }

    /// The elements that one element of a reduction is made of: runs of `count` at distances of `stride`.
    private struct Runs {
        var result: Int
        let offsets: [Int]
        let stride: Int
        let count: Int
    }

    private static func sum(_ start: UnsafePointer<Float>, _ runs: Runs) -> Double {
        let loops = loops
        return runs.offsets.reduce(0) { $0 + loops.sum(runs.count, start + $1, runs.stride) }
    }

    /// Each element of the result is computed by `body` from its runs.
    private static func reduce(
        _ x: Tensor, axes: [Int], ofNothing: Float = 0, _ body: (UnsafePointer<Float>, Runs) -> Float
    ) -> Tensor {
        let kept = x.shape.indices.filter { !axes.contains($0) }
        let inner = StridedLoop(shape: axes.map { x.shape[$0] }, strides: [axes.map { x.strides[$0] }])
        let result = Tensor(uninitialized: reducedShape(x, axes))
        let starts = positions(shape: kept.map { x.shape[$0] }, strides: kept.map { x.strides[$0] })
        let runs = Runs(
            result: 0,
            offsets: positions(
                shape: Array(inner.shape.dropLast()), strides: Array(inner.strides[0].dropLast())),
            stride: inner.innerStride(0), count: inner.shape.last!)
        let isEmpty = axes.contains { x.shape[$0] == 0 }
        let (out, input) = (result.mutablePointer, x.pointer)
        ThreadPool.shared.split(
            starts.count, grain: Swift.max(1, 32768 / Swift.max(1, x.count / Swift.max(1, starts.count)))
        ) { range in
            var runs = runs
            for index in range {
                runs.result = index
                out[index] = isEmpty ? ofNothing : body(input + starts[index], runs)
            }
        }
        withExtendedLifetime(x) {}
        return result
    }

    /// The storage offsets of all elements of a shape, in row-major order.
    private static func positions(shape: [Int], strides: [Int]) -> [Int] {
        zip(shape, strides).reduce([0]) { offsets, axis in
            offsets.flatMap { offset in (0..<axis.0).map { offset + $0 * axis.1 } }
        }
    }

    /// Whether no element is NaN or infinite.
    package static func isFinite(_ x: Tensor) -> Bool {
        x.requireType(.float32, "isFinite")
        if let gpu { return gpu.isFinite(x) }
        let x = x.isDense ? x : x.rowMajor
        return x.withScalars(Float.self) { values in
            // NaN and infinity have the largest exponent; the largest of the bits is found without a branch
            // for each.
            var largest: UInt32 = 0
            for value in values { largest = Swift.max(largest, value.bitPattern & 0x7FFF_FFFF) }
            return largest < Float.infinity.bitPattern
        }
    }
}
