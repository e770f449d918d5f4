// SPDX-License-Identifier: Apache-2.0

import Checks

/// The matrix product of the last two axes, `[…, M, K]` and `[…, K, N]` → `[…, M, N]`; leading axes are
/// broadcast.
public func matmul(_ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    check(
        a.rank >= 2 && b.rank >= 2 && a.shape[a.rank - 1] == b.shape[b.rank - 2]
            && Shape.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2))) != nil,
        "matmul: takes […, M, K] and […, K, N], not \(a.shape) and \(b.shape)", file: file, line: line)
    a.requireType(.float32, "matmul", file: file, line: line)
    b.requireType(.float32, "matmul", file: file, line: line)
    return differentiable([a, b]) { inputs, needed in
        let (x, y) = (needed[1] ? inputs[0] : nil, needed[0] ? inputs[1] : nil)
        return (
            Kernels.matrixProduct(inputs[0], inputs[1]),
            { [a = a.shape, b = b.shape] gradient in
                [
                    y.map { Kernels.matrixProduct(gradient, $0.transposed()).summed(to: a) },
                    x.map { Kernels.matrixProduct($0.transposed(), gradient).summed(to: b) },
                ]
            }
        )
    }
}
