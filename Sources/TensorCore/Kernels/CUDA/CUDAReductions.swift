// SPDX-License-Identifier: Apache-2.0

import CCUDA

extension CUDAKernel {
    fileprivate static let reduce = CUDAKernel(module: "reductions", name: "reduce")
    fileprivate static let reduceFew = CUDAKernel(module: "reductions", name: "reduce_few")
    fileprivate static let reduceParts = CUDAKernel(module: "reductions", name: "reduce_parts")
    fileprivate static let columnSums = CUDAKernel(module: "columns", name: "column_sums")
    fileprivate static let columnSumsFinish = CUDAKernel(module: "columns", name: "column_sums_finish")
    fileprivate static let columnMoments = CUDAKernel(module: "columns", name: "column_moments")
    fileprivate static let columnMomentsFinish = CUDAKernel(module: "columns", name: "column_moments_finish")
}

/// The number of parts that a sum is split into depends on the lengths alone, so that it has the same bits on
/// each GPU.
extension CUDAKernels {
    enum ReductionKind {
        case sum, sumOfSquares, deviations, largest, notFinite

        fileprivate var code: Int32 {
            switch self {
            case .sum: Int32(CC_SUM)
            case .sumOfSquares: Int32(CC_SUM_OF_SQUARES)
            case .deviations: Int32(CC_DEVIATIONS)
            case .largest: Int32(CC_LARGEST)
            case .notFinite: Int32(CC_NOT_FINITE)
            }
        }
    }

    /// Blocks that keep any GPU busy.
    private static let enoughBlocks = 1024

    /// A reduction over `axes`, which keep length 1.
    /// - Parameter centers: what is subtracted from the elements, for each result
    func reduce(
        _ x: Tensor, axes: [Int], _ reduction: ReductionKind, dividedBy divisor: Double = 1,
        centers: Tensor? = nil
    ) -> Tensor {
        let result = Tensor(uninitialized: Kernels.reducedShape(x, axes))
        let lanes = ReductionLoops(x, axes)
        guard lanes.results > 0 else { return result }
        if lanes.count <= 64 || (lanes.results >= Self.enoughBlocks && lanes.count <= 1024) {
            let block = 128
            context.launch(
                .reduceFew, grid: CUDAExtent(x: (lanes.results + block - 1) / block),
                block: CUDAExtent(x: block)
            ) {
                $0.add(arguments(lanes.kept))
                $0.add(arguments(lanes.reduced))
                $0.add(number(lanes.results))
                $0.add(number(lanes.count))
                $0.add(reduction.code)
                $0.add(divisor)
                $0.add(reading: x)
                $0.add(reading: centers)
                $0.add(filling: result)
            }
            return result
        }
        let parts = parts(of: lanes.count, atLeast: 4096, blocks: lanes.results)
        let numbers = parts > 1 ? scratch(parts * 2 * lanes.results, 8) : nil
        reduceBlocks(x, lanes, reduction, divisor, centers, parts) {
            if let numbers {
                $0.add(numbers, .filling)
                $0.addNull()
            } else {
                $0.addNull()
                $0.add(filling: result)
            }
        }
        if let numbers {
            finish(numbers, lanes, reduction, divisor, parts) {
                $0.add(filling: result)
                $0.addNull()
            }
        }
        return result
    }

    /// Sums over all elements of each tensor, for which the host waits once.
    private func totals(_ tensors: [Tensor], _ reduction: ReductionKind) -> [Double] {
        let totals = scratch(tensors.count, 8)
        for (index, x) in tensors.enumerated() {
            guard x.count > 0 else {
                context.clear(totals.address(on: context, .updating) + UInt64(index * 8), 8)
                continue
            }
            let lanes = ReductionLoops(x, Array(x.shape.indices))
            let parts = parts(of: lanes.count, atLeast: 4096, blocks: 1)
            let numbers = scratch(parts * 2, 8)
            reduceBlocks(x, lanes, reduction, 1, nil, parts) {
                $0.add(numbers, .filling)
                $0.addNull()
            }
            finish(numbers, lanes, reduction, 1, parts) {
                $0.addNull()
                $0.add(totals.address(on: context, .updating) + UInt64(index * 8), keeping: totals)
            }
        }
        return tensors.indices.map { totals.bytes.load(fromByteOffset: $0 * 8, as: Double.self) }
    }

    func sumOfSquares(_ tensors: [Tensor]) -> Double { totals(tensors, .sumOfSquares).reduce(0, +) }

    func isFinite(_ x: Tensor) -> Bool { totals([x], .notFinite) == [0] }

    private func reduceBlocks(
        _ x: Tensor, _ lanes: ReductionLoops, _ reduction: ReductionKind, _ divisor: Double,
        _ centers: Tensor?,
        _ parts: Int, _ results: (inout CUDAArguments) -> Void
    ) {
        context.launch(
            .reduce, grid: CUDAExtent(x: lanes.results, y: parts), block: CUDAExtent(x: Int(CC_BLOCK))
        ) {
            $0.add(arguments(lanes.kept))
            $0.add(arguments(lanes.reduced))
            $0.add(number(lanes.count))
            $0.add(reduction.code)
            $0.add(divisor)
            $0.add(reading: x)
            $0.add(reading: centers)
            results(&$0)
        }
    }

    private func finish(
        _ numbers: Storage, _ lanes: ReductionLoops, _ reduction: ReductionKind, _ divisor: Double,
        _ parts: Int,
        _ results: (inout CUDAArguments) -> Void
    ) {
        forEach(.reduceParts, lanes.results) {
            $0.add(number(parts))
            $0.add(number(lanes.count))
            $0.add(reduction.code)
            $0.add(divisor)
            $0.add(numbers, .reading)
            results(&$0)
        }
    }

    /// How many blocks share the elements of one result.
    private func parts(of count: Int, atLeast smallest: Int, blocks: Int) -> Int {
        max(1, min(Self.enoughBlocks / max(1, blocks), count / smallest))
    }

    // MARK: Columns

    /// A grid over the columns and parts of `[rows, channels]`, and its number of parts.
    func columnGrid(rows: Int, channels: Int) -> (grid: CUDAExtent, block: CUDAExtent, parts: Int) {
        let across = (channels + Int(CC_COLUMNS) - 1) / Int(CC_COLUMNS)
        let parts = parts(of: rows, atLeast: 64, blocks: across)
        return (
            CUDAExtent(x: across, y: parts), CUDAExtent(x: Int(CC_COLUMNS), y: Int(CC_COLUMN_ROWS)), parts
        )
    }

    func reduceSum(_ x: Tensor, axes: [Int], dividedBy divisor: Double) -> Tensor {
        guard let rows = Kernels.rows(of: x, reducing: axes) else {
            return reduce(x, axes: axes, .sum, dividedBy: divisor)
        }
        let channels = x.count / rows
        let result = Tensor(uninitialized: Kernels.reducedShape(x, axes))
        let (grid, block, parts) = columnGrid(rows: rows, channels: channels)
        let numbers = scratch(parts * channels, 8)
        context.launch(.columnSums, grid: grid, block: block) {
            $0.add(number(rows))
            $0.add(number(channels))
            $0.add(reading: x)
            $0.add(numbers, .filling)
        }
        forEach(.columnSumsFinish, channels) {
            $0.add(number(parts))
            $0.add(divisor)
            $0.add(numbers, .reading)
            $0.add(filling: result)
        }
        return result
    }

    func reduceVariance(_ x: Tensor, axes: [Int], dividedBy divisor: Double) -> (
        mean: Tensor, variance: Tensor
    ) {
        let shape = Kernels.reducedShape(x, axes)
        if let rows = Kernels.rows(of: x, reducing: axes) {
            let moments = moments(x, rows: rows, shape: shape, dividedBy: divisor)
            return (moments.mean, moments.variance)
        }
        let count = axes.reduce(1) { $0 * x.shape[$1] }
        let mean = reduce(x, axes: axes, .sum, dividedBy: Double(count))
        return (mean, reduce(x, axes: axes, .deviations, dividedBy: divisor, centers: mean))
    }

    /// The moments of the columns of `[rows, channels]`.
    func moments(_ x: Tensor, rows: Int, shape: [Int], dividedBy divisor: Double) -> ChannelMoments {
        let channels = x.count / rows
        let result = ChannelMoments(
            mean: Tensor(uninitialized: shape), variance: Tensor(uninitialized: shape),
            remainder: Tensor(uninitialized: shape))
        let (grid, block, parts) = columnGrid(rows: rows, channels: channels)
        let numbers = scratch(parts * 2 * channels, 8)
        context.launch(.columnMoments, grid: grid, block: block) {
            $0.add(number(rows))
            $0.add(number(channels))
            $0.add(reading: x)
            $0.add(numbers, .filling)
        }
        forEach(.columnMomentsFinish, channels) {
            $0.add(number(rows))
            $0.add(number(parts))
            $0.add(divisor)
            $0.add(numbers, .reading)
            $0.add(filling: result.mean)
            $0.add(filling: result.remainder)
            $0.add(filling: result.variance)
        }
        return result
    }
}

/// The axes of a reduction that are kept, of the result and of x; and those of x that are reduced.
private struct ReductionLoops {
    let kept: StridedLoop
    let reduced: StridedLoop
    let results: Int
    let count: Int

    init(_ x: Tensor, _ axes: [Int]) {
        let keptAxes = x.shape.indices.filter { !axes.contains($0) }
        let shape = keptAxes.map { x.shape[$0] }
        kept = StridedLoop(shape: shape, strides: [Shape.strides(shape), keptAxes.map { x.strides[$0] }])
        reduced = StridedLoop(shape: axes.map { x.shape[$0] }, strides: [axes.map { x.strides[$0] }])
        results = Shape.count(shape)
        count = axes.reduce(1) { $0 * x.shape[$1] }
    }
}
