// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// The sum over the given axes (all, if none are named).
    public func sum(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let reduced = reducedAxes(axes, "sum", file: file, line: line)
        let total = differentiable(self) { x in
            (
                Kernels.reduceSum(x, axes: reduced),
                { [shape] in $0.broadcast(to: shape) }
            )
        }
        return keepDimensions ? total : total.reshaped(to: remaining(reduced))
    }

    /// The mean over the given axes (all, if none are named).
    public func mean(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let number = reducedAxes(axes, "mean", file: file, line: line).reduce(1) { $0 * shape[$1] }
        check(
            number > 0, "mean: shape \(shape) has no elements to average over axes \(axes ?? [])", file: file,
            line: line)
        return sum(axes: axes, keepDimensions: keepDimensions) / Float(number)
    }

    /// The variance over the given axes; `unbiased` divides by one less than the number of elements.
    public func variance(
        axes: [Int]? = nil, unbiased: Bool = true, keepDimensions: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        let number = reducedAxes(axes, "variance", file: file, line: line).reduce(1) { $0 * shape[$1] }
        check(number > (unbiased ? 1 : 0), "variance: \(number) elements are too few", file: file, line: line)
        let deviation = self - mean(axes: axes, keepDimensions: true)
        return (deviation * deviation).sum(axes: axes, keepDimensions: keepDimensions)
            / Float(unbiased ? number - 1 : number)
    }

    /// The largest element over the given axes (all, if none are named). Equal largest elements share the gradient.
    public func max(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let reduced = reducedAxes(axes, "max", file: file, line: line)
        check(
            reduced.allSatisfy { shape[$0] > 0 }, "max: shape \(shape) has no elements along axes \(reduced)",
            file: file, line: line)
        let top = differentiable(self) { x in
            let value = Kernels.reduceMax(x, axes: reduced)
            return (
                value,
                { gradient in
                    let isTop = (x .== value).to(.float32)
                    return gradient * isTop / Kernels.reduceSum(isTop, axes: reduced)
                }
            )
        }
        return keepDimensions ? top : top.reshaped(to: remaining(reduced))
    }

    /// The smallest element over the given axes (all, if none are named).
    public func min(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        -(-self).max(axes: axes, keepDimensions: keepDimensions)
    }

    /// Where along `axis` the largest element stands, as `int32`; the first one, if several are equal.
    public func argmax(
        axis: Int = -1, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let axis = Shape.axis(axis, rank: rank, "argmax", file: file, line: line)
        check(shape[axis] > 0, "argmax: axis \(axis) of shape \(shape) is empty", file: file, line: line)
        let last = detached.permuted(shape.indices.filter { $0 != axis } + [axis])
        let length = shape[axis]
        let values = last.floats
        let places = stride(from: 0, to: values.count, by: length).map { start in
            Self.firstLargest(values[start..<start + length])
        }
        var kept = shape
        kept[axis] = 1
        return Tensor(places, shape: keepDimensions ? kept : remaining([axis]))
    }

    /// The `count` largest elements along the last axis, largest first, and where they stand (`int32`).
    public func top(_ count: Int, file: StaticString = #fileID, line: UInt = #line) -> (
        values: Tensor, indices: Tensor
    ) {
        check(
            rank >= 1 && count >= 0 && count <= shape[rank - 1], "top: \(count) of shape \(shape)",
            file: file, line: line)
        let length = shape[rank - 1]
        let all = floats
        var values: [Float] = []
        var indices: [Int32] = []
        for start in stride(from: 0, to: all.count, by: Swift.max(length, 1)) {
            let order = (0..<length).sorted { (all[start + $0], -$0) > (all[start + $1], -$1) }.prefix(count)
            values += order.map { all[start + $0] }
            indices += order.map(Int32.init)
        }
        let result = Array(shape.dropLast()) + [count]
        return (Tensor(values, shape: result), Tensor(indices, shape: result))
    }

    private static func firstLargest(_ values: ArraySlice<Float>) -> Int32 {
        var best = values.startIndex
        for index in values.indices {
            if values[index] > values[best] || (values[index].isNaN && !values[best].isNaN) { best = index }
        }
        return Int32(best - values.startIndex)
    }

    private func reducedAxes(
        _ axes: [Int]?, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) -> [Int] {
        axes.map { Shape.axes($0, rank: rank, operation, file: file, line: line) } ?? Array(shape.indices)
    }

    private func remaining(_ reduced: [Int]) -> [Int] {
        shape.indices.filter { !reduced.contains($0) }.map { shape[$0] }
    }
}
