// SPDX-License-Identifier: Apache-2.0

import Checks

/// What can stand in a tensor's subscript: a place (`2`, `-1` from the end), a range (`1..<3`, `2...`), or `...` for all.
public protocol TensorIndex {
    /// The range along an axis of the given length, and whether the axis disappears.
    func resolved(length: Int) -> (range: Range<Int>, drops: Bool)
}

extension Int: TensorIndex {
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) {
        check(self >= -length && self < length, "index \(self) is outside an axis of length \(length)")
        let place = self < 0 ? self + length : self
        return (place..<place + 1, true)
    }
}

private func checked(_ range: Range<Int>, _ length: Int) -> (range: Range<Int>, drops: Bool) {
    check(
        range.lowerBound >= 0 && range.upperBound <= length,
        "range \(range) is outside an axis of length \(length)")
    return (range, false)
}

extension Range<Int>: TensorIndex {
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) { checked(self, length) }
}

extension ClosedRange<Int>: TensorIndex {
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) {
        checked(lowerBound..<upperBound + 1, length)
    }
}

extension PartialRangeFrom<Int>: TensorIndex {
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) {
        check(lowerBound <= length, "range \(self) is outside an axis of length \(length)")
        return checked(lowerBound..<length, length)
    }
}

extension PartialRangeUpTo<Int>: TensorIndex {
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) { checked(0..<upperBound, length) }
}

extension PartialRangeThrough<Int>: TensorIndex {
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) {
        checked(0..<upperBound + 1, length)
    }
}

/// All of an axis.
public struct WholeAxis: TensorIndex, Sendable {
    public static let all = WholeAxis()
    public func resolved(length: Int) -> (range: Range<Int>, drops: Bool) { (0..<length, false) }
}

extension Tensor {
    /// A part of the tensor, one index an axis from the first on: `x[0]`, `x[1..<3, -1]`, `x[WholeAxis.all, 2...]`.
    /// Reading copies nothing; writing broadcasts the new value.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get { part(indices) }
        set {
            check(node == nil, "a recorded tensor cannot be written to; write to its `detached` copy")
            makeUnique()
            var target = part(indices)
            check(
                Shape.broadcast(newValue.shape, target.shape) == target.shape,
                "a value of shape \(newValue.shape) does not fit a part of shape \(target.shape)")
            Kernels.fill(&target, from: newValue.detached.to(scalarType).broadcast(to: target.shape))
        }
    }

    private func part(_ indices: [any TensorIndex]) -> Tensor {
        check(
            indices.count <= rank, "\(indices.count) indices are too many for a tensor of shape \(shape)")
        var result = self
        var dropped: [Int] = []
        for (axis, index) in indices.enumerated() {
            let (range, drops) = index.resolved(length: shape[axis])
            result = result.slice(axis: axis, range)
            if drops { dropped.append(axis) }
        }
        return result.droppingAxes(dropped)
    }

    /// The part of the tensor within a range along one axis. No elements are copied.
    public func slice(axis: Int, _ range: Range<Int>, file: StaticString = #fileID, line: UInt = #line)
        -> Tensor
    {
        let axis = Shape.axis(axis, rank: rank, "slice", file: file, line: line)
        check(
            range.lowerBound >= 0 && range.upperBound <= shape[axis],
            "slice: range \(range) is outside axis \(axis) of shape \(shape)", file: file, line: line)
        guard range.count != shape[axis] else { return self }
        return differentiable(self) { x in
            var part = x.shape
            part[axis] = range.count
            let value = Tensor(
                storage: x.storage, offset: x.offset + range.lowerBound * x.strides[axis], shape: part,
                strides: x.strides, scalarType: x.scalarType)
            return (
                value,
                { [shape] gradient in
                    let whole = Tensor.zeros(shape)
                    var target = whole.slice(axis: axis, range)
                    Kernels.fill(&target, from: gradient)
                    return whole
                }
            )
        }
    }

    /// The elements along an axis in reverse order. No elements are copied. As `torch.flip`.
    public func flipped(axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let axis = Shape.axis(axis, rank: rank, "flipped", file: file, line: line)
        return differentiable(self) { x in
            guard x.shape[axis] > 1 else { return (x, { $0 }) }
            var strides = x.strides
            strides[axis] = -strides[axis]
            let value = Tensor(
                storage: x.storage, offset: x.offset + (x.shape[axis] - 1) * x.strides[axis], shape: x.shape,
                strides: strides, scalarType: x.scalarType)
            return (value, { gradient in gradient.flipped(axis: axis) })
        }
    }

    /// Rows chosen by index along the first axis: `[N, …]` and `[M]` of `int32` → `[M, …]`.
    public func gathered(_ rows: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        rows.requireType(.int32, "gathered", file: file, line: line)
        check(
            rank >= 1 && rows.rank == 1, "gathered: takes rows [M] of a tensor of rank 1 or more", file: file,
            line: line)
        let indices = rows.scalars(Int32.self).map(Int.init)
        for index in indices {
            check(
                index >= 0 && index < shape[0], "gathered: row \(index) is outside 0..<\(shape[0])",
                file: file, line: line)
        }
        return differentiable(self) { x in
            let value = Tensor(uninitialized: [indices.count] + x.shape.dropFirst(), x.scalarType)
            for (row, index) in indices.enumerated() {
                var target = value.slice(axis: 0, row..<row + 1)
                Kernels.fill(&target, from: x.slice(axis: 0, index..<index + 1))
            }
            return (
                value,
                { [shape] gradient in
                    var total = Tensor.zeros(shape)
                    for (row, index) in indices.enumerated() {
                        total[index] = total[index] + gradient[row]
                    }
                    return total
                }
            )
        }
    }

    private func droppingAxes(_ axes: [Int]) -> Tensor {
        guard !axes.isEmpty else { return self }
        return differentiable(self) { x in
            let kept = x.shape.indices.filter { !axes.contains($0) }
            let value = Tensor(
                storage: x.storage, offset: x.offset, shape: kept.map { x.shape[$0] },
                strides: kept.map { x.strides[$0] }, scalarType: x.scalarType)
            return (value, { [shape] in $0.reshaped(to: shape) })
        }
    }
}
