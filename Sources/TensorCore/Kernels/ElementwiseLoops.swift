// SPDX-License-Identifier: Apache-2.0

import Checks

/// The loops that elementwise kernels are made of. They take functions of the kernels only, never a user's.
extension Kernels {
    /// The strides an elementwise result should have: those of the first operand of that shape that has no
    /// gaps.
    static func resultStrides(_ shape: [Int], _ operands: [Tensor]) -> [Int] {
        operands.first { $0.shape == shape && $0.isDense }?.strides ?? Shape.strides(shape)
    }

    /// The shape that both broadcast to. Traps where there is none.
    static func broadcastShape(
        _ a: Tensor, _ b: Tensor, _ name: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) -> [Int] {
        guard let shape = Shape.broadcast(a.shape, b.shape) else {
            fail(
                "\(name): shapes \(a.shape) and \(b.shape) do not broadcast; axes, from the last, must be equal or 1",
                file: file, line: line
            )
        }
        return shape
    }

    /// Applies a function to each element of any type, in Swift.
    @inline(__always)
    static func map<A: Scalar, R: Scalar>(
        _ a: Tensor, _ input: A.Type = A.self, _ output: R.Type = R.self, _ function: (A) -> R
    ) -> Tensor {
        let result = Tensor(uninitialized: a.shape, strides: resultStrides(a.shape, [a]), R.scalarType)
        let (out, from) = (result.mutablePointer(to: R.self), a.pointer(to: A.self))
        let loop = StridedLoop(shape: a.shape, strides: [result.strides, a.strides])
        let (outStride, inStride) = (loop.innerStride(0), loop.innerStride(1))
        loop.run { count, offsets in
            for i in 0..<count { out[offsets[0] + i * outStride] = function(from[offsets[1] + i * inStride]) }
        }
        withExtendedLifetime(a) {}
        return result
    }

    /// Combines two tensors of one type, broadcasting, in Swift.
    @inline(__always)
    static func zipMap<A: Scalar, R: Scalar>(
        _ a: Tensor, _ b: Tensor, _ name: StaticString, _ input: A.Type = A.self, _ output: R.Type = R.self,
        file: StaticString = #fileID, line: UInt = #line, _ function: (A, A) -> R
    ) -> Tensor {
        let shape = broadcastShape(a, b, name, file: file, line: line)
        let result = Tensor(uninitialized: shape, strides: resultStrides(shape, [a, b]), R.scalarType)
        let (out, x, y) = (
            result.mutablePointer(to: R.self), a.pointer(to: A.self), b.pointer(to: A.self)
        )
        let loop = StridedLoop(
            shape: shape,
            strides: [
                result.strides, Shape.broadcastStrides(a.shape, a.strides, to: shape),
                Shape.broadcastStrides(b.shape, b.strides, to: shape),
            ])
        let (so, sx, sy) = (loop.innerStride(0), loop.innerStride(1), loop.innerStride(2))
        loop.run { count, offsets in
            for i in 0..<count {
                out[offsets[0] + i * so] = function(x[offsets[1] + i * sx], y[offsets[2] + i * sy])
            }
        }
        withExtendedLifetime((a, b)) {}
        return result
    }

    /// Runs a loop over gapless tensors that lie in memory as the first does, piece by piece.
    /// `body(count, result, inputs)` gets pointers to the same elements of each.
    static func flat(
        _ inputs: [Tensor], _ body: (Int, UnsafeMutablePointer<Float>, [UnsafePointer<Float>]) -> Void
    ) -> Tensor {
        let strides = resultStrides(inputs[0].shape, inputs)
        let aligned = inputs.map { $0.laidOut(as: strides) }
        let result = Tensor(uninitialized: inputs[0].shape, strides: strides)
        ThreadPool.shared.split(result.count, grain: 32768) { range in
            body(
                range.count, result.mutablePointer + range.lowerBound,
                aligned.map { $0.pointer + range.lowerBound })
        }
        withExtendedLifetime(aligned) {}
        return result
    }
}
