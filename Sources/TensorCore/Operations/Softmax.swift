// SPDX-License-Identifier: Apache-2.0

import CKernels

/// `eˣ / Σ eˣ` along an axis.
public func softmax(
    _ input: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    alongRows(input, axis, "softmax", \.softmax, \.softmax_pullback, file: file, line: line)
}

/// `x - log Σ eˣ` along an axis: the logarithm of `softmax`, without its underflow.
public func logSoftmax(
    _ input: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    alongRows(input, axis, "logSoftmax", \.log_softmax, \.log_softmax_pullback, file: file, line: line)
}

private typealias RowLoop =
    @convention(c) (Int, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
private typealias RowPullback =
    @convention(c) (
        Int, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void

/// Brings `axis` to the end, where its elements are neighbours, and back.
private func alongRows(
    _ input: Tensor, _ axis: Int, _ name: StaticString, _ forward: KeyPath<ck_kernels, RowLoop?>,
    _ pullback: KeyPath<ck_kernels, RowPullback?>, file: StaticString, line: UInt
) -> Tensor {
    input.requireType(.float32, name, file: file, line: line)
    let axis = Shape.axis(axis, rank: input.rank, name, file: file, line: line)
    guard axis == input.rank - 1 else {
        let order = input.shape.indices.filter { $0 != axis } + [axis]
        let inverse = order.indices.map { order.firstIndex(of: $0)! }
        return alongRows(input.permuted(order), -1, name, forward, pullback, file: file, line: line)
            .permuted(inverse)
    }
    return differentiable(input) { input in
        let x = input.contiguous()
        let y = Kernels.rows(of: x) { rows, width, start, out in
            Kernels.loops[keyPath: forward]!(rows, width, x.pointer + start, out)
        }
        return (
            y,
            { gradient in
                let gradient = gradient.contiguous()
                return Kernels.rows(of: y) { rows, width, start, out in
                    Kernels.loops[keyPath: pullback]!(
                        rows, width, gradient.pointer + start, y.pointer + start, out)
                }
            }
        )
    }
}
