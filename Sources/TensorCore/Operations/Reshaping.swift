// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// The same elements, in row-major order, under another shape. One length may be -1: it follows from the
    /// others.
    public func reshaped(to newShape: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let target = completed(newShape, file: file, line: line)
        guard target != shape else { return self }
        return differentiable(self) { x in
            let x = x.contiguous()
            let value = Tensor(
                storage: x.storage, offset: x.offset, shape: target, strides: Shape.strides(target),
                scalarType: x.scalarType)
            return (value, { [shape] in $0.reshaped(to: shape) })
        }
    }

    private func completed(_ newShape: [Int], file: StaticString = #fileID, line: UInt = #line) -> [Int] {
        var target = newShape
        if let open = target.firstIndex(of: -1) {
            let others = target.filter { $0 != -1 }
            let known = Shape.isAddressable(others) ? Shape.count(others) : 0
            if known > 0 && count % known == 0 { target[open] = count / known }
        }
        check(
            Shape.isAddressable(target) && Shape.count(target) == count,
            "reshaped: the \(count) elements of shape \(shape) do not fit \(newShape)", file: file, line: line
        )
        return target
    }

    /// All axes from `axis` on as one: `[N, C, H, W]` → `[N, C·H·W]` for axis 1.
    public func flattened(from axis: Int = 0, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let axis = rank == 0 ? 0 : Shape.axis(axis, rank: rank, "flattened", file: file, line: line)
        return reshaped(to: Array(shape[..<axis]) + [Shape.count(Array(shape[axis...]))])
    }

    /// The axes in another order. No elements are moved.
    public func permuted(_ axes: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let order = Shape.axes(axes, rank: rank, "permuted", file: file, line: line)
        check(order.count == rank, "permuted: \(axes) does not name all \(rank) axes", file: file, line: line)
        return differentiable(self) { x in
            let value = Tensor(
                storage: x.storage, offset: x.offset, shape: order.map { x.shape[$0] },
                strides: order.map { x.strides[$0] }, scalarType: x.scalarType)
            let inverse = order.indices.map { order.firstIndex(of: $0)! }
            return (value, { $0.permuted(inverse) })
        }
    }

    /// The last two axes exchanged. No elements are moved.
    public func transposed(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        check(
            rank >= 2, "transposed: takes a tensor of rank 2 or more, not of shape \(shape)", file: file,
            line: line)
        return permuted(Array(0..<rank - 2) + [rank - 1, rank - 2])
    }

    /// Without the axes of length 1, or without one of them.
    public func squeezed(axis: Int? = nil, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        guard let axis else { return reshaped(to: shape.filter { $0 != 1 }) }
        let index = Shape.axis(axis, rank: rank, "squeezed", file: file, line: line)
        check(
            shape[index] == 1, "squeezed: axis \(axis) of shape \(shape) has length \(shape[index]), not 1",
            file: file, line: line)
        var target = shape
        target.remove(at: index)
        return reshaped(to: target)
    }

    /// With a new axis of length 1 at `axis`.
    public func expanded(at axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        check(
            axis >= -rank - 1 && axis <= rank,
            "expanded: a new axis of a tensor of rank \(rank) stands at \(-rank - 1)...\(rank), not at \(axis)",
            file: file, line: line)
        var target = shape
        target.insert(1, at: axis < 0 ? axis + rank + 1 : axis)
        return reshaped(to: target)
    }

    /// Repeated along axes of length 1 (and new leading ones) to a larger shape. No elements are copied.
    public func broadcast(to target: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        Shape.requireAddressable(target, "broadcast", file: file, line: line)
        check(
            Shape.broadcast(shape, target) == target,
            "broadcast: shape \(shape) does not broadcast to \(target)", file: file, line: line)
        guard target != shape else { return self }
        return differentiable(self) { x in
            let value = Tensor(
                storage: x.storage, offset: x.offset, shape: target,
                strides: Shape.broadcastStrides(x.shape, x.strides, to: target), scalarType: x.scalarType)
            return (value, { [shape] in $0.summed(to: shape) })
        }
    }

    /// The same tensor with its elements in row-major order in memory; no copy if they are already.
    public func contiguous() -> Tensor { inMemoryOrder(Shape.strides(shape)) }

    /// The same `[N, C, H, W]` tensor with the channels of a pixel next to each other in memory.
    public func channelsLast(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        check(rank == 4, "channelsLast: takes a tensor [N, C, H, W], not \(shape)", file: file, line: line)
        return inMemoryOrder(Shape.strides(shape, order: .channelsLast))
    }

    private func inMemoryOrder(_ wanted: [Int]) -> Tensor {
        guard !Shape.matches(shape, strides, wanted) else { return self }
        return differentiable(self) { x in (Kernels.copy(x, strides: wanted), { $0 }) }
    }
}

/// Tensors joined along an existing axis; the other axes must agree.
public func concatenate(_ tensors: [Tensor], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line)
    -> Tensor
{
    check(!tensors.isEmpty, "concatenate: takes at least one tensor", file: file, line: line)
    let first = tensors[0]
    let axis = Shape.axis(axis, rank: first.rank, "concatenate", file: file, line: line)
    for tensor in tensors {
        check(
            tensor.rank == first.rank && tensor.scalarType == first.scalarType
                && tensor.shape.indices.allSatisfy { $0 == axis || tensor.shape[$0] == first.shape[$0] },
            "concatenate: \(tensor.scalarType) \(tensor.shape) does not join \(first.scalarType) \(first.shape) along axis \(axis)",
            file: file, line: line
        )
    }
    return differentiable(tensors) { inputs, needed in
        var shape = first.shape
        shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
        let order: MemoryOrder = inputs.allSatisfy(\.isChannelsLast) ? .channelsLast : .contiguous
        let value = Tensor(uninitialized: shape, first.scalarType, order: order)
        var starts: [Int] = []
        for input in inputs {
            let start = starts.last.map { $0 + inputs[starts.count - 1].shape[axis] } ?? 0
            starts.append(start)
            var part = value.slice(axis: axis, start..<start + input.shape[axis])
            Kernels.fill(&part, from: input)
        }
        let lengths = inputs.map { $0.shape[axis] }
        return (
            value,
            { gradient in
                needed.indices.map {
                    needed[$0] ? gradient.slice(axis: axis, starts[$0]..<starts[$0] + lengths[$0]) : nil
                }
            }
        )
    }
}

/// Tensors of one shape joined along a new axis.
public func stack(
    _ tensors: [Tensor], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    check(!tensors.isEmpty, "stack: takes at least one tensor", file: file, line: line)
    let first = tensors[0]
    check(
        axis >= -first.rank - 1 && axis <= first.rank,
        "stack: a new axis of tensors of rank \(first.rank) stands at \(-first.rank - 1)...\(first.rank), not at \(axis)",
        file: file, line: line)
    for tensor in tensors {
        check(
            tensor.shape == first.shape && tensor.scalarType == first.scalarType,
            "stack: \(tensor.scalarType) \(tensor.shape) does not go with \(first.scalarType) \(first.shape)",
            file: file, line: line)
    }
    return concatenate(
        tensors.map { $0.expanded(at: axis) }, axis: axis < 0 ? axis + first.rank + 1 : axis, file: file,
        line: line)
}
