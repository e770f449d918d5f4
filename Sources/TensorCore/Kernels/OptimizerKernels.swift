// SPDX-License-Identifier: Apache-2.0

import CKernels
import Checks

/// Updates of parameters in place, in one pass over memory, shared by all threads. Gradients and moments may
/// have another memory order than the value. Moments are brought into its order once and keep it.
extension Kernels {
    /// Elements that stay in the second-level cache while the loops go over them more than once.
    private static let blockLength = 8192

    /// One step of stochastic gradient descent. The first step with momentum sets `velocity`, whatever it
    /// held; it is created if it is nil.
    package static func sgd(
        _ value: inout Tensor, gradient: Tensor, velocity: inout Tensor?, isFirst: Bool, rate: Float,
        momentum: Float, dampening: Float, weightDecay: Float, nesterov: Bool
    ) {
        let gradient = prepared(&value, gradient, "SGD")
        if momentum != 0 { prepare(&velocity, like: value) }
        if let gpu {
            return gpu.sgd(
                value, gradient: gradient, velocity: momentum != 0 ? velocity : nil, isFirst: isFirst,
                rate: rate,
                momentum: momentum, dampening: dampening, weightDecay: weightDecay, nesterov: nesterov)
        }
        let (values, gradients) = (value.mutablePointer, gradient.pointer)
        let velocities = momentum != 0 ? velocity!.mutablePointer : nil
        let update = loops.sgd!
        forEachBlock(value.count) { start, count in
            update(
                count, values + start, gradients + start, velocities.map { $0 + start }, isFirst, rate,
                momentum,
                dampening, weightDecay, nesterov)
        }
        withExtendedLifetime((value, gradient, velocity)) {}
    }

    /// One step of Adam with precomputed constants: `value -= stepSize · mean / (√square · correction + ε)`.
    /// `mean` and `square` are created as zeros where they are nil.
    package static func adam(
        _ value: inout Tensor, gradient: Tensor, mean: inout Tensor?, square: inout Tensor?, stepSize: Float,
        beta1: Float, beta2: Float, inverseRootCorrection: Float, epsilon: Float, l2: Float,
        decoupledDecay: Float
    ) {
        let gradient = prepared(&value, gradient, "Adam")
        prepare(&mean, like: value)
        prepare(&square, like: value)
        if let gpu {
            return gpu.adam(
                value, gradient: gradient, mean: mean!, square: square!, stepSize: stepSize, beta1: beta1,
                beta2: beta2, inverseRootCorrection: inverseRootCorrection, epsilon: epsilon, l2: l2,
                decoupledDecay: decoupledDecay)
        }
        let (values, gradients) = (value.mutablePointer, gradient.pointer)
        let (means, squares) = (mean!.mutablePointer, square!.mutablePointer)
        let update = loops.adam!
        forEachBlock(value.count) { start, count in
            update(
                count, values + start, gradients + start, means + start, squares + start, stepSize, beta1,
                beta2,
                inverseRootCorrection, epsilon, l2, decoupledDecay)
        }
        withExtendedLifetime((value, gradient, mean, square)) {}
    }

    /// `x *= factor`, in place.
    package static func scale(_ x: inout Tensor, by factor: Float) {
        x.requireType(.float32, "scale")
        x.makeUnique()
        if let gpu { return gpu.scale(x, by: factor) }
        let values = x.mutablePointer
        let multiply = loops.multiply!
        withUnsafePointer(to: factor) { factor in
            forEachBlock(x.count) { start, count in
                multiply(count, values + start, 1, factor, 0, values + start)
            }
        }
        withExtendedLifetime(x) {}
    }

    /// `average += (value - average) · share`, in place: a step of a moving average.
    package static func move(_ average: inout Tensor, toward value: Tensor, by share: Float) {
        let value = prepared(&average, value, "moving average")
        if let gpu { return gpu.move(average, toward: value, by: share) }
        let (averages, values) = (average.mutablePointer, value.pointer)
        forEachBlock(average.count) { start, count in
            for index in start..<start + count {
                averages[index] += (values[index] - averages[index]) * share
            }
        }
        withExtendedLifetime((average, value)) {}
    }

    /// The sum of the squares of all elements of several tensors.
    package static func sumOfSquares(_ tensors: [Tensor]) -> Double {
        for x in tensors { x.requireType(.float32, "sumOfSquares") }
        return gpu?.sumOfSquares(tensors) ?? tensors.reduce(0) { $0 + sumOfSquares($1) }
    }

    private static func sumOfSquares(_ x: Tensor) -> Double {
        let x = x.isDense ? x : x.rowMajor
        let parts = ThreadPool.shared.parts(x.count, grain: 32768)
        var sums = [Double](repeating: 0, count: parts)
        let values = x.pointer
        let sum = loops.sum_of_squares!
        sums.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let sums = buffer.baseAddress!
            ThreadPool.shared.run(tasks: parts) { part in
                let (start, end) = (x.count * part / parts, x.count * (part + 1) / parts)
                sums[part] = sum(end - start, values + start)
            }
        }
        return withExtendedLifetime(x) { sums.reduce(0, +) }
    }

    /// Makes the value's memory its own, and returns the gradient in the value's memory order.
    private static func prepared(_ value: inout Tensor, _ gradient: Tensor, _ name: StaticString) -> Tensor {
        value.requireType(.float32, name)
        gradient.requireType(.float32, name)
        check(
            gradient.shape == value.shape,
            "\(name): a tensor of shape \(gradient.shape) does not fit a value of shape \(value.shape)")
        value.makeUnique()
        return gradient.laidOut(as: value.strides)
    }

    private static func prepare(_ moment: inout Tensor?, like value: Tensor) {
        if moment == nil { moment = Kernels.zeros(like: value) }
        check(
            moment!.shape == value.shape,
            "optimizer: a moment of shape \(moment!.shape) does not fit a value of shape \(value.shape)")
        moment = moment!.laidOut(as: value.strides)
        moment!.makeUnique()
    }

    private static func forEachBlock(_ count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
        ThreadPool.shared.split(count, grain: 32768) { range in
            for start in stride(from: range.lowerBound, to: range.upperBound, by: blockLength) {
                body(start, min(blockLength, range.upperBound - start))
            }
        }
    }
}
