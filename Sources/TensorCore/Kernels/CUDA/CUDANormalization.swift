// SPDX-License-Identifier: Apache-2.0

extension CUDAKernel {
    fileprivate static let normalize = CUDAKernel(module: "columns", name: "normalize")
    fileprivate static let normalizationSums = CUDAKernel(module: "columns", name: "normalization_sums")
    fileprivate static let normalizationSumsFinish = CUDAKernel(
        module: "columns", name: "normalization_sums_finish")
    fileprivate static let normalizationPullback = CUDAKernel(
        module: "columns", name: "normalization_pullback")
    fileprivate static let responseNorm = CUDAKernel(module: "columns", name: "response_norm")
    fileprivate static let responseNormPullback = CUDAKernel(
        module: "columns", name: "response_norm_pullback")
}

extension CUDAKernels {
    func channelMoments(_ x: Tensor) -> ChannelMoments {
        let rows = x.count / x.shape[1]
        return moments(x, rows: rows, shape: [x.shape[1]], dividedBy: Double(rows))
    }

    func normalize(_ x: Tensor, mean: Tensor, scale: Tensor, shift: Tensor, relu: Bool) -> Tensor {
        let result = Tensor(uninitialized: x.shape, order: .channelsLast)
        forEach(.normalize, x.count) {
            $0.add(number(x.shape[1]))
            $0.add(reading: x)
            $0.add(reading: mean)
            $0.add(reading: scale)
            $0.add(reading: shift)
            $0.add(relu)
            $0.add(filling: result)
        }
        return result
    }

    func normalizationSums(
        _ gradient: Tensor, _ x: Tensor, output: Tensor?, _ moments: ChannelMoments
    ) -> (Tensor, Tensor) {
        let channels = x.shape[1]
        let rows = x.count / channels
        let (sums, products) = (Tensor(uninitialized: [channels]), Tensor(uninitialized: [channels]))
        let (grid, block, parts) = columnGrid(rows: rows, channels: channels)
        let numbers = scratch(parts * 2 * channels, 8)
        context.launch(.normalizationSums, grid: grid, block: block) {
            $0.add(number(rows))
            $0.add(number(channels))
            $0.add(reading: gradient)
            $0.add(reading: x)
            $0.add(reading: output)
            $0.add(reading: moments.mean)
            $0.add(numbers, .filling)
        }
        forEach(.normalizationSumsFinish, channels) {
            $0.add(number(parts))
            $0.add(numbers, .reading)
            $0.add(reading: moments.remainder)
            $0.add(filling: sums)
            $0.add(filling: products)
        }
        return (sums, products)
    }

    func normalizationPullback(
        _ gradient: Tensor, _ x: Tensor, output: Tensor?, mean: Tensor, gradientFactor: Tensor,
        statistics: (valueFactor: Tensor, constant: Tensor)?
    ) -> Tensor {
        let result = Tensor(uninitialized: x.shape, order: .channelsLast)
        forEach(.normalizationPullback, x.count) {
            $0.add(number(x.shape[1]))
            $0.add(reading: gradient)
            $0.add(reading: x)
            $0.add(reading: output)
            $0.add(reading: mean)
            $0.add(reading: gradientFactor)
            $0.add(reading: statistics?.valueFactor)
            $0.add(reading: statistics?.constant)
            $0.add(filling: result)
        }
        return result
    }

    func responseNorm(_ x: Tensor, size: Int, alpha: Float, beta: Float, k: Float) -> (
        value: Tensor, scale: Tensor
    ) {
        let scale = Tensor(uninitialized: x.shape, order: .channelsLast)
        let value = Tensor(uninitialized: x.shape, order: .channelsLast)
        forEach(.responseNorm, x.count) {
            $0.add(number(x.shape[1]))
            $0.add(Int64(size))
            $0.add(alpha)
            $0.add(beta)
            $0.add(k)
            $0.add(reading: x)
            $0.add(filling: scale)
            $0.add(filling: value)
        }
        return (value, scale)
    }

    func responseNormPullback(
        _ gradient: Tensor, _ x: Tensor, scale: Tensor, size: Int, alpha: Float, beta: Float
    ) -> Tensor {
        let result = Tensor(uninitialized: x.shape, order: .channelsLast)
        forEach(.responseNormPullback, x.count) {
            $0.add(number(x.shape[1]))
            $0.add(Int64(size))
            $0.add(alpha)
            $0.add(beta)
            $0.add(reading: gradient)
            $0.add(reading: x)
            $0.add(reading: scale)
            $0.add(filling: result)
        }
        return result
    }
}
