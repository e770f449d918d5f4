// SPDX-License-Identifier: Apache-2.0

import CCUDA

extension CUDAKernel {
    fileprivate static let softmax = CUDAKernel(module: "rows", name: "softmax")
    fileprivate static let softmaxPullback = CUDAKernel(module: "rows", name: "softmax_pullback")
    fileprivate static let top = CUDAKernel(module: "rows", name: "top")
    fileprivate static let dropout = CUDAKernel(module: "dropout", name: "dropout")
}

/// Kernels over the rows of contiguous tensors, with a block for each row; and dropout.
extension CUDAKernels {
    func rows(_ function: RowFunction, of x: Tensor) -> Tensor {
        let result = Tensor(uninitialized: x.shape)
        forEachRow(.softmax, of: x) {
            $0.add(reading: x)
            $0.add(function == .logSoftmax)
            $0.add(filling: result)
        }
        return result
    }

    func rowsPullback(_ function: RowFunction, _ gradient: Tensor, output: Tensor) -> Tensor {
        let result = Tensor(uninitialized: output.shape)
        forEachRow(.softmaxPullback, of: output) {
            $0.add(reading: gradient)
            $0.add(reading: output)
            $0.add(function == .logSoftmax)
            $0.add(filling: result)
        }
        return result
    }

    /// - Parameter keepsRank: whether the results have a last axis, of length `count`
    func top(_ x: Tensor, _ count: Int, keepsRank: Bool) -> (values: Tensor, indices: Tensor) {
        let shape = Array(x.shape.dropLast()) + (keepsRank ? [count] : [])
        let (values, indices) = (Tensor(uninitialized: shape), Tensor(uninitialized: shape, .int32))
        guard values.count > 0 else { return (values, indices) }
        forEachRow(.top, of: x) {
            $0.add(number(count))
            $0.add(reading: x)
            $0.add(filling: values)
            $0.add(filling: indices)
        }
        return (values, indices)
    }

    private func forEachRow(
        _ kernel: CUDAKernel, of x: Tensor, _ arguments: (inout CUDAArguments) -> Void
    ) {
        guard let length = x.shape.last, x.count > 0 else { return }
        context.launch(kernel, grid: CUDAExtent(x: x.count / length), block: CUDAExtent(x: Int(CC_BLOCK))) {
            $0.add(number(length))
            arguments(&$0)
        }
    }

    func dropout(_ x: Tensor, below threshold: UInt32, scale: Float, _ generator: RandomGenerator) -> Tensor {
        let result = Tensor(uninitialized: x.shape, strides: x.strides)
        let block = 256
        context.launch(
            // The first thread's words may begin before the first element's.
            .dropout, grid: CUDAExtent(x: (x.count / 4 + 2 + block - 1) / block),
            block: CUDAExtent(x: block)
        ) {
            $0.add(number(x.count))
            $0.add(generator.seed)
            $0.add(generator.stream)
            $0.add(generator.position)
            $0.add(threshold)
            $0.add(scale)
            $0.add(reading: x)
            $0.add(filling: result)
        }
        return result
    }
}
