// SPDX-License-Identifier: Apache-2.0

/// `eˣ / Σ eˣ` along an axis.
public func softmax(
    _ input: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    alongRows(input, axis, "softmax", .softmax, file: file, line: line)
}

/// `x - log Σ eˣ` along an axis: the logarithm of `softmax`, without its underflow.
public func logSoftmax(
    _ input: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    alongRows(input, axis, "logSoftmax", .logSoftmax, file: file, line: line)
}

/// Brings `axis` to the end, where its elements are neighbours, and back.
private func alongRows(
    _ input: Tensor, _ axis: Int, _ name: StaticString, _ function: RowFunction, file: StaticString,
    line: UInt
) -> Tensor {
    input.requireType(.float32, name, file: file, line: line)
    let axis = Shape.axis(axis, rank: input.rank, name, file: file, line: line)
    guard axis == input.rank - 1 else {
        let order = input.shape.indices.filter { $0 != axis } + [axis]
        let inverse = order.indices.map { order.firstIndex(of: $0)! }
        return alongRows(input.permuted(order), -1, name, function, file: file, line: line)
            .permuted(inverse)
    }
    return differentiable(input) { x in
        let y = Kernels.rows(function, of: x.contiguous())
        return (y, { Kernels.rowsPullback(function, $0.contiguous(), output: y) })
    }
}
