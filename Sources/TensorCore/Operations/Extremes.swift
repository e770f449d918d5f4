// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// The largest element over the given axes (all, if none are named). Equal largest elements share the
    /// gradient; NaN is larger than any number, as in PyTorch.
    public func max(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "max", file: file, line: line)
        let reduced = reducedAxes(axes, "max", file: file, line: line)
        check(
            reduced.allSatisfy { shape[$0] > 0 }, "max: shape \(shape) has no elements along axes \(reduced)",
            file: file, line: line)
        let top = differentiable(self) { x in
            let value = Kernels.reduceMax(x, axes: reduced)
            return (
                value,
                { gradient in
                    let isTop = Kernels.compare(.same, x, value, "max")
                    let count = Kernels.reduceSum(isTop.to(.float32), axes: reduced)
                    return Kernels.select(isTop, gradient / count, 0)
                }
            )
        }
        return keepDimensions ? top : top.reshaped(to: remaining(reduced))
    }

    /// The smallest element over the given axes (all, if none are named). Equal smallest elements share the
    /// gradient; NaN is smaller than any number, as in PyTorch.
    public func min(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "min", file: file, line: line)
        let reduced = reducedAxes(axes, "min", file: file, line: line)
        check(
            reduced.allSatisfy { shape[$0] > 0 }, "min: shape \(shape) has no elements along axes \(reduced)",
            file: file, line: line)
        return -(-self).max(axes: axes, keepDimensions: keepDimensions)
    }

    /// The index along `axis` of the largest element, as `int32`; of the first one, if several are equal. NaN
    /// is larger than any number.
    public func argmax(
        axis: Int = -1, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "argmax", file: file, line: line)
        let axis = Shape.axis(axis, rank: rank, "argmax", file: file, line: line)
        check(shape[axis] > 0, "argmax: axis \(axis) of shape \(shape) is empty", file: file, line: line)
        let last = detached.permuted(shape.indices.filter { $0 != axis } + [axis])
        let indices = Kernels.argmax(last.contiguous())
        var kept = shape
        kept[axis] = 1
        return indices.reshaped(to: keepDimensions ? kept : remaining([axis]))
    }

    /// The `count` largest elements along the last axis, largest first, and their indices (`int32`). Of equal
    /// elements the first comes first; NaN is larger than any number. The gradient goes to the elements that
    /// were chosen. As `torch.topk`.
    public func top(_ count: Int, file: StaticString = #fileID, line: UInt = #line) -> (
        values: Tensor, indices: Tensor
    ) {
        requireType(.float32, "top", file: file, line: line)
        check(
            rank >= 1, "top: takes a tensor of rank 1 or more, not of shape \(shape)", file: file, line: line)
        check(
            count >= 0 && count <= shape[rank - 1],
            "top: \(count) elements of an axis of shape \(shape); 0 to \(shape[rank - 1]) fit", file: file,
            line: line)
        var indices = Tensor([Int32]())
        let values = differentiable(self) { x in
            let top = Kernels.top(x.contiguous(), count)
            indices = top.indices
            return (
                top.values,
                { [shape, indices] in Kernels.scatterAlongRows($0.contiguous(), indices, shape: shape) }
            )
        }
        return (values, indices)
    }
}

/// The larger of two values at each index, with broadcasting; NaN if one of them is. Where they are equal
/// each gets half of the gradient. As `torch.maximum`.
public func maximum(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    extremum(.maximum, a, b, "maximum", loses: .less, file: file, line: line)
}

/// The smaller of two values at each index, with broadcasting; NaN if one of them is. Where they are equal
/// each gets half of the gradient. As `torch.minimum`.
public func minimum(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    extremum(.minimum, a, b, "minimum", loses: .greater, file: file, line: line)
}

/// Where a value is NaN the gradient goes to both sides, as in PyTorch.
private func extremum(
    _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, _ name: StaticString, loses: Comparison,
    file: StaticString, line: UInt
) -> Tensor {
    differentiable([a, b]) { inputs, needed in
        let (x, y) = (inputs[0], inputs[1])
        return (
            Kernels.binary(function, x, y, name, file: file, line: line),
            { gradient in
                func share(_ one: Tensor, _ other: Tensor) -> Tensor {
                    let isLost = Kernels.compare(loses, one, other, name)
                    let own = Kernels.select(one .== other, gradient / 2, gradient)
                    return Kernels.select(isLost, 0, own).summed(to: one.shape)
                }
                return [needed[0] ? share(x, y) : nil, needed[1] ? share(y, x) : nil]
            }
        )
    }
}
