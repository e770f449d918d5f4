// SPDX-License-Identifier: Apache-2.0

import CCUDA

extension CUDAKernel {
    fileprivate static let maxPool = CUDAKernel(module: "pooling", name: "max_pool")
    fileprivate static let maxPoolPullback = CUDAKernel(module: "pooling", name: "max_pool_pullback")
    fileprivate static let averagePool = CUDAKernel(module: "pooling", name: "average_pool")
    fileprivate static let averagePoolPullback = CUDAKernel(module: "pooling", name: "average_pool_pullback")
}

extension CUDAKernels {
    func largest(_ input: Tensor, _ pooling: Pooling, keepWinners: Bool) -> (Tensor, winners: Storage?) {
        let result = Tensor(uninitialized: pooling.resultShape(input), order: .channelsLast)
        let winners = keepWinners ? Storage(byteCount: result.count * 2) : nil
        forEach(.maxPool, result.count) {
            $0.add(pooling, channels: input.shape[1])
            $0.add(reading: input)
            $0.add(filling: result)
            if let winners { $0.add(winners, .filling) } else { $0.addNull() }
        }
        return (result, winners)
    }

    func maximumPullback(_ gradient: Tensor, _ pooling: Pooling, winners: Storage, inputShape: [Int])
        -> Tensor
    {
        let result = Tensor(uninitialized: inputShape, order: .channelsLast)
        forEach(.maxPoolPullback, result.count) {
            $0.add(pooling, channels: inputShape[1])
            $0.add(reading: gradient)
            $0.add(winners, .reading)
            $0.add(filling: result)
        }
        return result
    }

    func average(_ input: Tensor, _ pooling: Pooling) -> Tensor {
        let result = Tensor(uninitialized: pooling.resultShape(input), order: .channelsLast)
        forEach(.averagePool, result.count) {
            $0.add(pooling, channels: input.shape[1])
            $0.add(reading: input)
            $0.add(filling: result)
        }
        return result
    }

    func averagePullback(_ gradient: Tensor, _ pooling: Pooling, inputShape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: inputShape, order: .channelsLast)
        forEach(.averagePoolPullback, result.count) {
            $0.add(pooling, channels: inputShape[1])
            $0.add(reading: gradient)
            $0.add(filling: result)
        }
        return result
    }
}

extension CUDAArguments {
    fileprivate mutating func add(_ pooling: Pooling, channels: Int) {
        add(UInt32(channels))
        add(pooling.rows.arguments)
        add(pooling.columns.arguments)
    }
}

extension PoolingAxis {
    fileprivate var arguments: cc_windows {
        cc_windows(
            length: Int32(length), count: Int32(count), kernel: Int32(windows?.kernel ?? 0),
            stride: Int32(windows?.stride ?? 1), padding: Int32(windows?.padding ?? 0),
            dilation: Int32(windows?.dilation ?? 1), counts_padding: windows?.countsPadding == true ? 1 : 0)
    }
}
