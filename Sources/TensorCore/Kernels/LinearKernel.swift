// SPDX-License-Identifier: Apache-2.0

extension Kernels {
    /// `input · weightᵀ + bias` for matrices, with the activation.
    static func linear(_ input: Tensor, _ weight: Tensor, bias: Tensor?, activation: Activation) -> Tensor {
        if let gpu {
            guard activation.hasGradientFromOutput else {
                let value = gpu.linear(input, weight, bias: bias, activation: .identity)
                return activated(value, activation)
            }
            return gpu.linear(input, weight, bias: bias, activation: activation)
        }
        let result =
            input.shape[0] <= fewRows
            ? productOfFewRows(input.rowMajor, weight.rowMajor) : matrixProduct(input, weight.turned)
        guard bias != nil || activation != .identity else { return result }
        let (rows, width) = (result.shape[0], result.shape[1])
        let b = bias?.rowMajor
        ThreadPool.shared.split(rows, grain: Swift.max(1, 32768 / Swift.max(1, width))) { range in
            loops.bias_activation(
                range.count, width, result.mutablePointer + range.lowerBound * width, width, b?.pointer,
                activation.code)
        }
        withExtendedLifetime(b) {}
        return result
    }
}

extension Tensor {
    /// A matrix with its axes exchanged; no elements are moved.
    fileprivate var turned: Tensor {
        Tensor(
            storage: storage, offset: offset, shape: [shape[1], shape[0]], strides: [strides[1], strides[0]],
            scalarType: scalarType)
    }
}
