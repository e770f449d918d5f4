// SPDX-License-Identifier: Apache-2.0

import CCUDA

extension CUDAKernel {
    fileprivate static let unary = CUDAKernel(module: "elementwise", name: "unary")
    fileprivate static let negateInt = CUDAKernel(module: "elementwise", name: "negate_int")
    fileprivate static let unaryPullback = CUDAKernel(module: "elementwise", name: "unary_pullback")
    fileprivate static let binary = CUDAKernel(module: "elementwise", name: "binary")
    fileprivate static let binaryInt = CUDAKernel(module: "elementwise", name: "binary_int")
    fileprivate static let addScaled = CUDAKernel(module: "elementwise", name: "add_scaled")
    fileprivate static let choose = CUDAKernel(module: "elementwise", name: "choose")
}

extension CUDAKernels {
    func unary(_ function: UnaryFunction, _ x: Tensor) -> Tensor {
        let (code, a, b) = function.code
        return unary(code, a, b, x)
    }

    /// `1 / √(x + epsilon)`
    func inverseDeviation(_ x: Tensor, _ epsilon: Float) -> Tensor {
        unary(Int32(CC_INVERSE_DEVIATION), epsilon, 0, x)
    }

    private func unary(_ code: Int32, _ a: Float, _ b: Float, _ x: Tensor) -> Tensor {
        let result = Tensor(uninitialized: x.shape, strides: Kernels.resultStrides(x.shape, [x]))
        forEach(.unary, StridedLoop(shape: x.shape, strides: [result.strides, x.strides])) {
            $0.add(code)
            $0.add(a)
            $0.add(b)
            $0.add(reading: x)
            $0.add(filling: result)
        }
        return result
    }

    func negateIntegers(_ x: Tensor) -> Tensor {
        let result = Tensor(uninitialized: x.shape, strides: Kernels.resultStrides(x.shape, [x]), .int32)
        forEach(.negateInt, StridedLoop(shape: x.shape, strides: [result.strides, x.strides])) {
            $0.add(reading: x)
            $0.add(filling: result)
        }
        return result
    }

    func pullback(_ function: UnaryPullback, _ gradient: Tensor, at value: Tensor) -> Tensor {
        let strides = Kernels.resultStrides(value.shape, [value, gradient])
        let (value, gradient) = (value.laidOut(as: strides), gradient.laidOut(as: strides))
        let result = Tensor(uninitialized: value.shape, strides: strides)
        let (code, a, b) = function.code
        forEach(.unaryPullback, result.count) {
            $0.add(code)
            $0.add(a)
            $0.add(b)
            $0.add(reading: gradient)
            $0.add(reading: value)
            $0.add(filling: result)
        }
        return result
    }

    func binary(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor, _ shape: [Int], _ type: ScalarType)
        -> Tensor
    {
        let result = Tensor(uninitialized: shape, strides: Kernels.resultStrides(shape, [a, b]), type)
        forEach(type == .int32 ? .binaryInt : .binary, loop(over: result, a, b)) {
            $0.add(function.code)
            if type == .int32 {
                $0.add(reading: a)
                $0.add(reading: b)
            } else {
                $0.add(readingNumber: a)
                $0.add(readingNumber: b)
            }
            $0.add(filling: result)
        }
        return result
    }

    /// `target += scale · x`, where both lie in memory in the same order.
    func add(_ x: Tensor, scale: Float, to target: Tensor) {
        forEach(.addScaled, target.count) {
            $0.add(scale)
            $0.add(reading: x)
            $0.add(updating: target)
        }
    }

    func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor, _ shape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: shape, strides: Kernels.resultStrides(shape, [a, b]))
        forEach(.choose, loop(over: result, condition, a, b)) {
            $0.add(reading: condition)
            $0.add(readingNumber: a)
            $0.add(readingNumber: b)
            $0.add(filling: result)
        }
        return result
    }

    /// A loop over the elements of a result, and of operands that are broadcast to its shape.
    func loop(over result: Tensor, _ operands: Tensor...) -> StridedLoop {
        StridedLoop(
            shape: result.shape,
            strides: [result.strides]
                + operands.map { Shape.broadcastStrides($0.shape, $0.strides, to: result.shape) })
    }
}

extension CUDAArguments {
    /// A `float32` tensor's address, and a number. A single number that only the host has, such as the 2 of
    /// `x * 2`, takes the place of the address, which is then null: this saves a copy.
    fileprivate mutating func add(readingNumber tensor: Tensor) {
        if tensor.count == 1, tensor.storage.isOnHostOnly {
            addNull()
            add(Float(tensor.value(at: tensor.offset)))
        } else {
            add(reading: tensor)
            add(Float(0))
        }
    }
}

extension UnaryFunction {
    /// As the kernel knows it, with its arguments.
    fileprivate var code: (Int32, Float, Float) {
        switch self {
        case .negate: (Int32(CC_NEGATE), 0, 0)
        case .absolute: (Int32(CC_ABSOLUTE), 0, 0)
        case .exp: (Int32(CC_EXP), 0, 0)
        case .log: (Int32(CC_LOG), 0, 0)
        case .sqrt: (Int32(CC_SQRT), 0, 0)
        case .sin: (Int32(CC_SIN), 0, 0)
        case .cos: (Int32(CC_COS), 0, 0)
        case .tanh: (Int32(CC_TANH), 0, 0)
        case .sigmoid: (Int32(CC_SIGMOID), 0, 0)
        case .relu: (Int32(CC_RELU), 0, 0)
        case .relu6: (Int32(CC_RELU6), 0, 0)
        case .hardsigmoid: (Int32(CC_HARDSIGMOID), 0, 0)
        case .hardswish: (Int32(CC_HARDSWISH), 0, 0)
        case .silu: (Int32(CC_SILU), 0, 0)
        case .gelu: (Int32(CC_GELU), 0, 0)
        case .geluTanh: (Int32(CC_GELU_TANH), 0, 0)
        case .leakyReLU(let slope): (Int32(CC_LEAKY_RELU), slope, 0)
        case .affine(let scale, let shift): (Int32(CC_AFFINE), scale, shift)
        case .power(let exponent): (Int32(CC_POWER), exponent, 0)
        case .clamp(let range): (Int32(CC_CLAMP), range.lowerBound, range.upperBound)
        }
    }
}

extension UnaryPullback {
    fileprivate var code: (Int32, Float, Float) {
        switch self {
        case .relu: (Int32(CC_RELU_PULLBACK), 0, 0)
        case .relu6: (Int32(CC_RELU6_PULLBACK), 0, 0)
        case .hardsigmoid: (Int32(CC_HARDSIGMOID_PULLBACK), 0, 0)
        case .hardswish: (Int32(CC_HARDSWISH_PULLBACK), 0, 0)
        case .silu: (Int32(CC_SILU_PULLBACK), 0, 0)
        case .sigmoid: (Int32(CC_SIGMOID_PULLBACK), 0, 0)
        case .tanh: (Int32(CC_TANH_PULLBACK), 0, 0)
        case .gelu: (Int32(CC_GELU_PULLBACK), 0, 0)
        case .geluTanh: (Int32(CC_GELU_TANH_PULLBACK), 0, 0)
        case .leakyReLU(let slope): (Int32(CC_LEAKY_RELU_PULLBACK), slope, 0)
        case .clamp(let range): (Int32(CC_CLAMP_PULLBACK), range.lowerBound, range.upperBound)
        }
    }
}

extension BinaryFunction {
    fileprivate var code: Int32 {
        switch self {
        case .add: Int32(CC_ADD)
        case .subtract: Int32(CC_SUBTRACT)
        case .multiply: Int32(CC_MULTIPLY)
        case .divide: Int32(CC_DIVIDE)
        case .maximum: Int32(CC_MAXIMUM)
        case .minimum: Int32(CC_MINIMUM)
        case .addReLU: Int32(CC_ADD_RELU)
        }
    }
}
