// SPDX-License-Identifier: Apache-2.0

import Checks

extension Kernels {
    /// `a` where `condition` (`uint8`) is not 0, else `b`; the three are broadcast together.
    static func select(
        _ condition: Tensor, _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        a.requireType(.float32, "choose", file: file, line: line)
        b.requireType(.float32, "choose", file: file, line: line)
        guard let values = Shape.broadcast(a.shape, b.shape),
            let shape = Shape.broadcast(values, condition.shape)
        else {
            fail(
                "choose: shapes \(condition.shape), \(a.shape) and \(b.shape) do not broadcast; axes, from the last, must be equal or 1",
                file: file, line: line)
        }
        let result = Tensor(uninitialized: shape, strides: resultStrides(shape, [a, b]))
        let operands = [condition, a, b].map { Shape.broadcastStrides($0.shape, $0.strides, to: shape) }
        let loop = StridedLoop(shape: shape, strides: [result.strides] + operands)
        let mask = condition.storage.bytes.assumingMemoryBound(to: UInt8.self) + condition.offset
        let (out, x, y) = (result.mutablePointer, a.pointer, b.pointer)
        let (sm, sx, sy) = (loop.innerStride(1), loop.innerStride(2), loop.innerStride(3))
        loop.run { count, offsets in
            for i in 0..<count {
                out[offsets[0] + i] =
                    mask[offsets[1] + i * sm] != 0 ? x[offsets[2] + i * sx] : y[offsets[3] + i * sy]
            }
        }
        withExtendedLifetime((condition, a, b)) {}
        return result
    }
}
