// SPDX-License-Identifier: Apache-2.0

import CKernels
import Checks

extension Tensor {
    /// The first element of a `float32` tensor, for kernels. The tensor must outlive the use.
    var pointer: UnsafePointer<Float> { UnsafePointer(mutablePointer) }

    /// For kernels that fill a tensor they have just made.
    var mutablePointer: UnsafeMutablePointer<Float> {
        storage.bytes.assumingMemoryBound(to: Float.self) + offset
    }
}

extension Kernels {
    /// The strides an elementwise result should have: those of the first operand of that shape that has no gaps.
    static func resultStrides(_ shape: [Int], _ operands: [Tensor]) -> [Int] {
        operands.first { $0.shape == shape && $0.isDense }?.strides ?? Shape.strides(shape)
    }

    static func copy(_ tensor: Tensor, strides: [Int]) -> Tensor {
        var result = Tensor(uninitialized: tensor.shape, strides: strides, tensor.scalarType)
        fill(&result, from: tensor)
        return result
    }

    /// Copies `source` into `target`, whose storage must be its own; both have the same shape and type.
    static func fill(_ target: inout Tensor, from source: Tensor) {
        switch target.scalarType {
        case .float32: fill(Float.self, &target, from: source)
        case .int32: fill(Int32.self, &target, from: source)
        case .bfloat16: fill(BFloat16.self, &target, from: source)
        case .uint8: fill(UInt8.self, &target, from: source)
        }
    }

    private static func fill<S: Scalar>(_ type: S.Type, _ target: inout Tensor, from source: Tensor) {
        let out = target.storage.bytes.assumingMemoryBound(to: S.self) + target.offset
        let input = UnsafePointer(source.storage.bytes.assumingMemoryBound(to: S.self) + source.offset)
        let loop = StridedLoop(shape: target.shape, strides: [target.strides, source.strides])
        let (outStride, inStride) = (loop.innerStride(0), loop.innerStride(1))
        loop.run { count, offsets in
            let (to, from) = (out + offsets[0], input + offsets[1])
            if outStride == 1 && inStride == 1 {
                to.update(from: from, count: count)
            } else {
                for i in 0..<count { to[i * outStride] = from[i * inStride] }
            }
        }
        withExtendedLifetime((target, source)) {}
    }

    /// Applies a function to each element of any type, in Swift: for conversions and comparisons.
    static func map<A: Scalar, R: Scalar>(
        _ a: Tensor, _ input: A.Type = A.self, _ output: R.Type = R.self, _ function: (A) -> R
    ) -> Tensor {
        let result = Tensor(uninitialized: a.shape, strides: resultStrides(a.shape, [a]), R.scalarType)
        let out = result.storage.bytes.assumingMemoryBound(to: R.self)
        let from = a.storage.bytes.assumingMemoryBound(to: A.self) + a.offset
        let loop = StridedLoop(shape: a.shape, strides: [result.strides, a.strides])
        let (outStride, inStride) = (loop.innerStride(0), loop.innerStride(1))
        loop.run { count, offsets in
            for i in 0..<count { out[offsets[0] + i * outStride] = function(from[offsets[1] + i * inStride]) }
        }
        withExtendedLifetime(a) {}
        return result
    }

    /// Combines two tensors of one type, broadcasting, in Swift: for integers and comparisons.
    static func zipMap<A: Scalar, R: Scalar>(
        _ a: Tensor, _ b: Tensor, _ name: StaticString, _ input: A.Type = A.self, _ output: R.Type = R.self,
        _ function: (A, A) -> R
    ) -> Tensor {
        let shape = broadcastShape(a, b, name)
        let result = Tensor(uninitialized: shape, strides: resultStrides(shape, [a, b]), R.scalarType)
        let out = result.storage.bytes.assumingMemoryBound(to: R.self)
        let x = a.storage.bytes.assumingMemoryBound(to: A.self) + a.offset
        let y = b.storage.bytes.assumingMemoryBound(to: A.self) + b.offset
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

    static func binary(
        _ a: Tensor, _ b: Tensor, _ name: StaticString, _ function: KeyPath<ck_kernels, ck_binary?>,
        file: StaticString = #fileID, line: UInt = #line
    )
        -> Tensor
    {
        a.requireType(.float32, name, file: file, line: line)
        b.requireType(.float32, name, file: file, line: line)
        let shape = broadcastShape(a, b, name, file: file, line: line)
        let result = Tensor(uninitialized: shape, strides: resultStrides(shape, [a, b]))
        let loop = StridedLoop(
            shape: shape,
            strides: [
                result.strides, Shape.broadcastStrides(a.shape, a.strides, to: shape),
                Shape.broadcastStrides(b.shape, b.strides, to: shape),
            ])
        let apply = loops[keyPath: function]!
        let (out, x, y) = (result.mutablePointer, a.pointer, b.pointer)
        let (sx, sy) = (loop.innerStride(1), loop.innerStride(2))
        loop.run { count, offsets in
            apply(count, x + offsets[1], sx, y + offsets[2], sy, out + offsets[0])
        }
        withExtendedLifetime((a, b)) {}
        return result
    }

    static func unary(_ x: Tensor, _ name: StaticString, _ function: KeyPath<ck_kernels, ck_unary?>) -> Tensor
    {
        x.requireType(.float32, name)
        let result = Tensor(uninitialized: x.shape, strides: resultStrides(x.shape, [x]))
        let loop = StridedLoop(shape: x.shape, strides: [result.strides, x.strides])
        let apply = loops[keyPath: function]!
        let (out, from, stride) = (result.mutablePointer, x.pointer, loop.innerStride(1))
        loop.run { count, offsets in apply(count, from + offsets[1], stride, out + offsets[0]) }
        withExtendedLifetime(x) {}
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

    static func affine(_ x: Tensor, scale: Float, shift: Float, _ name: StaticString) -> Tensor {
        x.requireType(.float32, name)
        return flat([x]) { count, out, inputs in loops.affine(count, inputs[0], scale, shift, out) }
    }

    /// `target += scale * x`, in place. Broadcasting is not done: the shapes are equal.
    static func add(_ x: Tensor, scale: Float = 1, to target: inout Tensor) {
        check(x.shape == target.shape, "add: shapes \(target.shape) and \(x.shape) differ")
        x.requireType(.float32, "add")
        target.requireType(.float32, "add")
        target.makeUnique()
        let aligned = x.laidOut(as: target.strides)
        let (from, to) = (aligned.pointer, target.mutablePointer)
        ThreadPool.shared.split(target.count, grain: 32768) { range in
            loops.add_scaled(range.count, scale, from + range.lowerBound, to + range.lowerBound)
        }
        withExtendedLifetime((aligned, target)) {}
    }
}

extension Tensor {
    /// This tensor in memory as `strides` say: itself where it is so already, else a copy.
    func laidOut(as wanted: [Int]) -> Tensor {
        Shape.matches(shape, strides, wanted) ? self : Kernels.copy(self, strides: wanted)
    }

    var rowMajor: Tensor { laidOut(as: Shape.strides(shape)) }

    /// The channels of a pixel side by side.
    var pixelMajor: Tensor { laidOut(as: Shape.strides(shape, order: .channelsLast)) }
}
