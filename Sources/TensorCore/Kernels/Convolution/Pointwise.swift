// SPDX-License-Identifier: Apache-2.0

/// Convolution with 1×1 filters, stride 1 and no padding: the pixels are the rows of a matrix as they lie in memory.
enum Pointwise {
    /// Pixels whose output is still in the cache when bias and activation follow.
    private static let blockRows = 1024

    static func forward(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry,
        activation: Activation
    ) -> Tensor {
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let (x, y, b) = (input.pointer, result.mutablePointer, bias?.pointer)
        let filters = Matrix(start: weight.pointer, stride: inChannels, isTransposed: true)
        let loops = Kernels.loops
        let rows = geometry.batch * geometry.output.area
        ThreadPool.shared.split(rows, grain: max(1, (1 << 17) / (inChannels * outChannels))) { range in
            for first in stride(from: range.lowerBound, to: range.upperBound, by: blockRows) {
                let count = min(blockRows, range.upperBound - first)
                let target = y + first * outChannels
                Kernels.gemm(
                    count, outChannels, inChannels, Matrix(start: x + first * inChannels, stride: inChannels),
                    filters, into: target, stride: outChannels)
                if b != nil || activation == .relu {
                    loops.bias_activation(count, outChannels, target, outChannels, b, activation == .relu)
                }
            }
        }
        withExtendedLifetime((input, weight, bias)) {}
        return result
    }

    static func filterGradient(_ gradient: Tensor, _ input: Tensor, _ geometry: ConvolutionGeometry) -> Tensor
    {
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let result = Tensor(uninitialized: [outChannels, inChannels, 1, 1], order: .channelsLast)
        Kernels.parallelGemm(
            outChannels, inChannels, geometry.batch * geometry.output.area,
            Matrix(start: gradient.pointer, stride: outChannels, isTransposed: true),
            Matrix(start: input.pointer, stride: inChannels), into: result.mutablePointer, stride: inChannels)
        withExtendedLifetime((gradient, input)) {}
        return result
    }
}
