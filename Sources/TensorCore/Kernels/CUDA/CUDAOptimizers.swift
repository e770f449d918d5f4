// SPDX-License-Identifier: Apache-2.0

extension CUDAKernel {
    fileprivate static let sgd = CUDAKernel(module: "optimizers", name: "sgd")
    fileprivate static let adam = CUDAKernel(module: "optimizers", name: "adam")
    fileprivate static let scale = CUDAKernel(module: "optimizers", name: "scale")
    fileprivate static let moveAverage = CUDAKernel(module: "optimizers", name: "move_average")
}

/// Updates in place. All tensors of a call lie in memory in the same order, without gaps.
extension CUDAKernels {
    func sgd(
        _ value: Tensor, gradient: Tensor, velocity: Tensor?, isFirst: Bool, rate: Float, momentum: Float,
        dampening: Float, weightDecay: Float, nesterov: Bool
    ) {
        forEach(.sgd, value.count) {
            $0.add(updating: value)
            $0.add(reading: gradient)
            if let velocity { $0.add(updating: velocity) } else { $0.addNull() }
            $0.add(isFirst)
            $0.add(rate)
            $0.add(momentum)
            $0.add(dampening)
            $0.add(weightDecay)
            $0.add(nesterov)
        }
    }

    func adam(
        _ value: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, stepSize: Float, beta1: Float,
        beta2: Float, inverseRootCorrection: Float, epsilon: Float, l2: Float, decoupledDecay: Float
    ) {
        forEach(.adam, value.count) {
            $0.add(updating: value)
            $0.add(reading: gradient)
            $0.add(updating: mean)
            $0.add(updating: square)
            for constant in [
                stepSize, beta1, beta2, inverseRootCorrection, epsilon, l2, decoupledDecay,
            ] {
                $0.add(constant)
            }
        }
    }

    func scale(_ x: Tensor, by factor: Float) {
        forEach(.scale, x.count) {
            $0.add(factor)
            $0.add(updating: x)
        }
    }

    func move(_ average: Tensor, toward value: Tensor, by share: Float) {
        forEach(.moveAverage, average.count) {
            $0.add(share)
            $0.add(reading: value)
            $0.add(updating: average)
        }
    }
}
