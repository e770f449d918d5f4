// SPDX-License-Identifier: Apache-2.0

/// Convolution with 1×1 filters, stride 1 and no padding: the pixels are the rows of a matrix as they lie in
/// memory.
enum Pointwise: ConvolutionAlgorithm {
    /// So many pixels at a time: their output is still in the cache when bias and activation follow.
    private static let blockRows = 1024

    static func supports(_ geometry: ConvolutionGeometry) -> Bool { geometry.isPointwise }

    static func cost(_ geometry: ConvolutionGeometry) -> Double { 1 }

    static func reason(_ geometry: ConvolutionGeometry) -> String { "1×1 filters: one matrix product" }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let (input, bias) = (input.applied(), epilogue.bias)
        let isRelu = epilogue.activation == .relu
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let (x, y, b) = (input.pointer, result.mutablePointer, bias?.pointer)
        let matrix = Matrix(start: filters.pointer, stride: inChannels, isTransposed: true)
        let loops = Kernels.loops
        let rows = geometry.batch * geometry.output.area
        ThreadPool.shared.split(rows, grain: max(1, (1 << 17) / (inChannels * outChannels))) { range in
            for first in stride(from: range.lowerBound, to: range.upperBound, by: blockRows) {
                let count = min(blockRows, range.upperBound - first)
                let target = y + first * outChannels
                Kernels.gemm(
                    count, outChannels, inChannels, Matrix(start: x + first * inChannels, stride: inChannels),
                    matrix, into: target, stride: outChannels)
                if b != nil || isRelu {
                    loops.bias_activation(count, outChannels, target, outChannels, b, isRelu)
                }
            }
        }
        withExtendedLifetime((input, filters, bias)) {}
        return result
    }

    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?) {
        let gradient = gradient.applied()
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let result = Tensor(uninitialized: [outChannels, inChannels, 1, 1], order: .channelsLast)
        Kernels.parallelGemm(
            outChannels, inChannels, geometry.batch * geometry.output.area,
            Matrix(start: gradient.pointer, stride: outChannels, isTransposed: true),
            Matrix(start: input.pointer, stride: inChannels), into: result.mutablePointer, stride: inChannels)
        withExtendedLifetime((gradient, input)) {}
        return (result, nil)
    }
}
