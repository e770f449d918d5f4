// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// A part of the tensor, one index an axis from the first on: `x[0]`, `x[1..<3, -1]`, `x[WholeAxis.all,
    /// 2...]`, `x[stride(from: 0, to: 6, by: 2)]`. Axes without an index are whole. Reading copies nothing;
    /// writing broadcasts the new value.
    ///
    /// One `...` stands for all axes that the other indices do not name, as in NumPy and PyTorch. `x[..., 0]`
    /// is the first element along the last axis, whatever the rank; `x[0, ..., 2...]` is the image `x[0]`
    /// without its first two columns. Up to three indices may come before the `...`.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get { part(indices, []) }
        set { write(newValue, indices, []) }
    }

    /// `x[..., i]`: indices of the last axes. The axes before them are whole.
    public subscript(_ rest: UnboundedRange, _ last: any TensorIndex...) -> Tensor {
        get { part([], last) }
        set { write(newValue, [], last) }
    }

    /// `x[i, ..., j]`: an index of the first axis and indices of the last axes. Axes between are whole.
    public subscript(_ first: any TensorIndex, _ rest: UnboundedRange, _ last: any TensorIndex...) -> Tensor {
        get { part([first], last) }
        set { write(newValue, [first], last) }
    }

    /// `x[i, j, ..., k]`: indices of the first two axes and of the last axes. Axes between are whole.
    public subscript(
        _ first: any TensorIndex, _ second: any TensorIndex, _ rest: UnboundedRange,
        _ last: any TensorIndex...
    ) -> Tensor {
        get { part([first, second], last) }
        set { write(newValue, [first, second], last) }
    }

    /// `x[i, j, k, ..., l]`: indices of the first three axes and of the last axes. Axes between are whole.
    public subscript(
        _ first: any TensorIndex, _ second: any TensorIndex, _ third: any TensorIndex, _ rest: UnboundedRange,
        _ last: any TensorIndex...
    ) -> Tensor {
        get { part([first, second, third], last) }
        set { write(newValue, [first, second, third], last) }
    }

    private mutating func write(
        _ newValue: Tensor, _ first: [any TensorIndex], _ last: [any TensorIndex]
    ) {
        check(node == nil, "a recorded tensor cannot be written to; write to its `detached` copy")
        makeUnique()
        var target = part(first, last)
        check(
            Shape.broadcast(newValue.shape, target.shape) == target.shape,
            "a value of shape \(newValue.shape) does not fit a part of shape \(target.shape)")
        Kernels.fill(&target, from: newValue.detached.to(scalarType).broadcast(to: target.shape))
    }

    /// `first` are the indices of the first axes, `last` those of the last; the axes between them are whole.
    private func part(_ first: [any TensorIndex], _ last: [any TensorIndex]) -> Tensor {
        check(
            first.count + last.count <= rank,
            "\(first.count + last.count) indices are too many for a tensor of shape \(shape)")
        let axes = Array(0..<first.count) + (rank - last.count..<rank)
        var result = self
        var dropped: [Int] = []
        for (axis, index) in zip(axes, first + last) {
            let part = index.resolved(length: shape[axis])
            check(
                part.lies(within: shape[axis]),
                "\(part.count) elements from \(part.start) by \(part.step) are outside an axis of length \(shape[axis])"
            )
            result = result.slice(axis: axis, part)
            if part.isDropped { dropped.append(axis) }
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
        return slice(axis: axis, AxisPart(start: range.lowerBound, count: range.count))
    }

    /// The gradient of elements outside the slice is 0.
    private func slice(axis: Int, _ part: AxisPart) -> Tensor {
        guard part != AxisPart(start: 0, count: shape[axis], isDropped: part.isDropped) else { return self }
        return differentiable(self) { x in
            (
                x.sliceInMemory(axis: axis, part),
                { [shape] gradient in
                    let whole = Tensor.zeros(shape)
                    var target = whole.sliceInMemory(axis: axis, part)
                    Kernels.fill(&target, from: gradient)
                    return whole
                }
            )
        }
    }

    private func sliceInMemory(axis: Int, _ part: AxisPart) -> Tensor {
        var (shape, strides) = (shape, strides)
        shape[axis] = part.count
        let start = part.count > 0 ? part.start * strides[axis] : 0
        strides[axis] *= part.step
        return Tensor(
            storage: storage, offset: offset + start, shape: shape, strides: strides, scalarType: scalarType)
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
            rank >= 1 && rows.rank == 1,
            "gathered: takes rows [M] of a tensor of rank 1 or more, not \(rows.shape) of \(shape)",
            file: file,
            line: line)
        let indices = rows.scalars(Int32.self).map(Int.init)
        for index in indices {
            check(
                index >= 0 && index < shape[0], "gathered: row \(index) is outside 0..<\(shape[0])",
                file: file, line: line)
        }
        return differentiable(self) { x in
            (
                Kernels.gatherRows(x, indices),
                { [shape] in Kernels.scatterRows($0.contiguous(), indices, shape: shape) }
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
