// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// The tensor with `amounts[axis]` elements of `value` before and after it along each axis.
    public func padded(
        _ amounts: [(before: Int, after: Int)], value: Float = 0, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        check(
            amounts.count == rank
                && amounts.allSatisfy {
                    (0...Shape.longest).contains($0.before) && (0...Shape.longest).contains($0.after)
                },
            "padded: takes a pair of amounts, 0 to \(Shape.longest), for each of \(rank) axes, not \(amounts.map { [$0.before, $0.after] })",
            file: file, line: line)
        Shape.requireAddressable(
            zip(shape, amounts).map { $0 + $1.before + $1.after }, "padded", file: file, line: line)
        return differentiable(self) { x in
            let shape = zip(x.shape, amounts).map { $0 + $1.before + $1.after }
            func inner(of tensor: Tensor) -> Tensor {
                amounts.indices.reduce(tensor) { part, axis in
                    part.slice(axis: axis, amounts[axis].before..<amounts[axis].before + x.shape[axis])
                }
            }
            let whole = Tensor.full(value, shape, x.scalarType)
            var target = inner(of: whole)
            Kernels.fill(&target, from: x)
            return (whole, { inner(of: $0) })
        }
    }
}
