// SPDX-License-Identifier: Apache-2.0

import CKernels
import Checks
import Foundation

/// The functions of one `float32` tensor, element by element. The set is closed, so that each device can
/// implement all of them.
enum UnaryFunction {
    case negate, absolute, exp, log, sqrt, sin, cos, tanh, sigmoid, relu, relu6, hardsigmoid, hardswish, silu,
        gelu, geluTanh
    /// `x` where it is positive, else `slope · x`
    case leakyReLU(slope: Float)
    /// `scale · x + shift`
    case affine(scale: Float, shift: Float)
    case power(Float)
    /// The nearest number of the range; NaN stays NaN.
    case clamp(ClosedRange<Float>)

    /// The loop in C, where there is one without arguments.
    fileprivate var loop: ck_unary? {
        let loops = Kernels.loops
        return switch self {
        case .negate: loops.negate
        case .absolute: loops.absolute
        case .exp: loops.exp_of
        case .log: loops.log_of
        case .sqrt: loops.sqrt_of
        case .sin: loops.sin_of
        case .cos: loops.cos_of
        case .tanh: loops.tanh_of
        case .sigmoid: loops.sigmoid
        case .relu: loops.relu
        case .relu6: loops.relu6
        case .hardsigmoid: loops.hardsigmoid
        case .hardswish: loops.hardswish
        case .silu: loops.silu
        case .gelu: loops.gelu
        case .geluTanh: loops.gelu_tanh
        case .leakyReLU, .affine, .power, .clamp: nil
        }
    }
}

/// The gradient times a function's derivative, element by element.
enum UnaryPullback {
    /// Functions whose derivative is computed from their output.
    case relu, relu6, sigmoid, tanh
    /// Functions whose derivative is computed from their input.
    case hardsigmoid, hardswish, silu, gelu, geluTanh
    case leakyReLU(slope: Float)
    case clamp(ClosedRange<Float>)
}

/// The functions of two tensors, element by element, with broadcasting. Those of `int32` wrap around, as in
/// PyTorch.
enum BinaryFunction {
    case add, subtract, multiply, divide
    /// NaN wins.
    case maximum, minimum
    /// `max(x + y, 0)`
    case addReLU

    /// Whether it is defined for `int32`.
    var takesIntegers: Bool {
        switch self {
        case .add, .subtract, .multiply: true
        case .divide, .maximum, .minimum, .addReLU: false
        }
    }

    fileprivate var loop: ck_binary {
        let loops = Kernels.loops
        return switch self {
        case .add: loops.add
        case .subtract: loops.subtract
        case .multiply: loops.multiply
        case .divide: loops.divide
        case .maximum: loops.maximum_of
        case .minimum: loops.minimum_of
        case .addReLU: loops.add_relu
        }
    }
}

extension Kernels {
    static func unary(_ function: UnaryFunction, _ x: Tensor, _ name: StaticString) -> Tensor {
        if case .negate = function, x.scalarType == .int32 {
            if let gpu { return gpu.negateIntegers(x) }
            return map(x, Int32.self, Int32.self) { 0 &- $0 }
        }
        x.requireType(.float32, name)
        if let gpu { return gpu.unary(function, x) }
        switch function {
        case .leakyReLU(let slope):
            return flat([x]) { count, out, inputs in loops.leaky_relu(count, inputs[0], slope, out) }
        case .affine(let scale, let shift):
            return flat([x]) { count, out, inputs in loops.affine(count, inputs[0], scale, shift, out) }
        case .power(let exponent):
            return map(x) { (value: Float) in Foundation.pow(value, exponent) }
        case .clamp(let range):
            return flat([x]) { count, out, inputs in
                loops.clamp(count, inputs[0], range.lowerBound, range.upperBound, out)
            }
        default:
            let result = Tensor(uninitialized: x.shape, strides: resultStrides(x.shape, [x]))
            let loop = StridedLoop(shape: x.shape, strides: [result.strides, x.strides])
            let apply = function.loop!
            let (out, from, stride) = (result.mutablePointer, x.pointer, loop.innerStride(1))
            loop.run { count, offsets in apply(count, from + offsets[1], stride, out + offsets[0]) }
            withExtendedLifetime(x) {}
            return result
        }
    }

    static func activated(_ x: Tensor, _ activation: Activation) -> Tensor {
        switch activation {
        case .identity: x
        case .relu: unary(.relu, x, "relu")
        case .relu6: unary(.relu6, x, "relu6")
        case .hardswish: unary(.hardswish, x, "hardswish")
        case .silu: unary(.silu, x, "silu")
        }
    }

    /// - Parameter value: the function's output or input, as `UnaryPullback` says; the result is in its
    ///   memory order, if it has no gaps.
    static func pullback(_ function: UnaryPullback, _ gradient: Tensor, at value: Tensor) -> Tensor {
        if let gpu { return gpu.pullback(function, gradient, at: value) }
        return flat([value, gradient]) { count, out, inputs in
            let (v, g) = (inputs[0], inputs[1])
            switch function {
            case .relu: loops.relu_pullback(count, g, v, out)
            case .relu6: loops.relu6_pullback(count, g, v, out)
            case .hardsigmoid: loops.hardsigmoid_pullback(count, g, v, out)
            case .hardswish: loops.hardswish_pullback(count, g, v, out)
            case .silu: loops.silu_pullback(count, g, v, out)
            case .sigmoid: loops.sigmoid_pullback(count, g, v, out)
            case .tanh: loops.tanh_pullback(count, g, v, out)
            case .gelu: loops.gelu_pullback(count, g, v, out)
            case .geluTanh: loops.gelu_tanh_pullback(count, g, v, out)
            case .leakyReLU(let slope): loops.leaky_relu_pullback(count, g, v, slope, out)
            case .clamp(let range):
                loops.clamp_pullback(count, g, v, range.lowerBound, range.upperBound, out)
            }
        }
    }

    static func binary(
        _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, _ name: StaticString,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        if a.scalarType == .int32 && b.scalarType == .int32 {
            if let gpu, function.takesIntegers {
                let shape = broadcastShape(a, b, name, file: file, line: line)
                return gpu.binary(function, a, b, shape, .int32)
            }
            switch function {
            case .add: return zipMap(a, b, name, Int32.self, Int32.self, file: file, line: line, &+)
            case .subtract: return zipMap(a, b, name, Int32.self, Int32.self, file: file, line: line, &-)
            case .multiply: return zipMap(a, b, name, Int32.self, Int32.self, file: file, line: line, &*)
            case .divide, .maximum, .minimum, .addReLU: break
            }
        }
        a.requireType(.float32, name, file: file, line: line)
        b.requireType(.float32, name, file: file, line: line)
        let shape = broadcastShape(a, b, name, file: file, line: line)
        if let gpu { return gpu.binary(function, a, b, shape, .float32) }
        let result = Tensor(uninitialized: shape, strides: resultStrides(shape, [a, b]))
        let loop = StridedLoop(
            shape: shape,
            strides: [
                result.strides, Shape.broadcastStrides(a.shape, a.strides, to: shape),
                Shape.broadcastStrides(b.shape, b.strides, to: shape),
            ])
        let apply = function.loop
        let (out, x, y) = (result.mutablePointer, a.pointer, b.pointer)
        let (sx, sy) = (loop.innerStride(1), loop.innerStride(2))
        loop.run { count, offsets in
            apply(count, x + offsets[1], sx, y + offsets[2], sy, out + offsets[0])
        }
        withExtendedLifetime((a, b)) {}
        return result
    }

    /// `target += scale * x`, in place. Broadcasting is not done: the shapes are equal.
    static func add(_ x: Tensor, scale: Float = 1, to target: inout Tensor) {
        check(x.shape == target.shape, "add: shapes \(target.shape) and \(x.shape) differ")
        x.requireType(.float32, "add")
        target.requireType(.float32, "add")
        target.makeUnique()
        let aligned = x.laidOut(as: target.strides)
        if let gpu { return gpu.add(aligned, scale: scale, to: target) }
        let (from, to) = (aligned.pointer, target.mutablePointer)
        ThreadPool.shared.split(target.count, grain: 32768) { range in
            loops.add_scaled(range.count, scale, from + range.lowerBound, to + range.lowerBound)
        }
        withExtendedLifetime((aligned, target)) {}
    }
}
