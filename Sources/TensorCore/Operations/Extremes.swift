// SPDX-License-Identifier: Apache-2.0

import CKernels
import Checks

extension Tensor {
    /// The largest element over the given axes (all, if none are named). Equal largest elements share the gradient; NaN is
    /// larger than any number, as in PyTorch.
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
                    let isTop = Kernels.zipMap(x, value, "max", Float.self, UInt8.self) {
                        $0 == $1 || ($0.isNaN && $1.isNaN) ? 1 : 0
                    }
                    let count = Kernels.reduceSum(isTop.to(.float32), axes: reduced)
                    return Kernels.select(isTop, gradient / count, 0)
                }
            )
        }
        return keepDimensions ? top : top.reshaped(to: remaining(reduced))
    }

    /// The smallest element over the given axes (all, if none are named). Equal smallest elements share the gradient; NaN
    /// is smaller than any number, as in PyTorch.
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

    /// The index along `axis` of the largest element, as `int32`; of the first one, if several are equal. NaN is larger
    /// than any number.
    public func argmax(
        axis: Int = -1, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "argmax", file: file, line: line)
        let axis = Shape.axis(axis, rank: rank, "argmax", file: file, line: line)
        check(shape[axis] > 0, "argmax: axis \(axis) of shape \(shape) is empty", file: file, line: line)
        let last = detached.permuted(shape.indices.filter { $0 != axis } + [axis])
        let length = shape[axis]
        let values = last.floats
        let indices = stride(from: 0, to: values.count, by: length).map { start in
            Self.firstLargest(values[start..<start + length])
        }
        var kept = shape
        kept[axis] = 1
        return Tensor(indices, shape: keepDimensions ? kept : remaining([axis]))
    }

    /// The `count` largest elements along the last axis, largest first, and their indices (`int32`). Of equal elements the
    /// first comes first; NaN is larger than any number. The values' gradient goes to where they came from. As
    /// `torch.topk`.
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
        let length = shape[rank - 1]
        let result = Array(shape.dropLast()) + [count]
        var indices: [Int32] = []
        let values = differentiable(self) { x in
            let all = x.floats
            var offsets: [Int] = []
            for start in stride(from: 0, to: all.count, by: Swift.max(length, 1)) {
                let order = (start..<start + length).sorted {
                    Self.isLarger(all[$0], all[$1]) || ($0 < $1 && !Self.isLarger(all[$1], all[$0]))
                }
                offsets += order.prefix(count)
            }
            indices = offsets.map { Int32($0 % length) }
            return (
                Tensor(offsets.map { all[$0] }, shape: result),
                { [shape] gradient in
                    var whole = [Float](repeating: 0, count: all.count)
                    for (offset, value) in zip(offsets, gradient.floats) { whole[offset] = value }
                    return Tensor(whole, shape: shape)
                }
            )
        }
        return (values, Tensor(indices, shape: result))
    }

    private static func firstLargest(_ values: ArraySlice<Float>) -> Int32 {
        var best = values.startIndex
        for index in values.indices where isLarger(values[index], values[best]) { best = index }
        return Int32(best - values.startIndex)
    }

    private static func isLarger(_ a: Float, _ b: Float) -> Bool { a > b || (a.isNaN && !b.isNaN) }
}

/// The larger of two values at each index, with broadcasting; NaN if one of them is. Where they are equal each gets half of
/// the gradient. As `torch.maximum`.
public func maximum(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    extremum(a, b, "maximum", \.maximum_of, file: file, line: line) { $0 < $1 }
}

/// The smaller of two values at each index, with broadcasting; NaN if one of them is. Where they are equal each gets half
/// of the gradient. As `torch.minimum`.
public func minimum(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    extremum(a, b, "minimum", \.minimum_of, file: file, line: line) { $0 > $1 }
}

/// Where a value is NaN the gradient goes to both sides, as in PyTorch.
private func extremum(
    _ a: Tensor, _ b: Tensor, _ name: StaticString, _ function: KeyPath<ck_kernels, ck_binary?>,
    file: StaticString, line: UInt, loses: @escaping (Float, Float) -> Bool
) -> Tensor {
    differentiable([a, b]) { inputs, needed in
        let (x, y) = (inputs[0], inputs[1])
        return (
            Kernels.binary(x, y, name, function, file: file, line: line),
            { gradient in
                func share(_ one: Tensor, _ other: Tensor) -> Tensor {
                    let isLost = Kernels.zipMap(one, other, name, Float.self, UInt8.self) {
                        loses($0, $1) ? 1 : 0
                    }
                    let own = Kernels.select(one .== other, gradient / 2, gradient)
                    return Kernels.select(isLost, 0, own).summed(to: one.shape)
                }
                return [needed[0] ? share(x, y) : nil, needed[1] ? share(y, x) : nil]
            }
        )
    }
}
