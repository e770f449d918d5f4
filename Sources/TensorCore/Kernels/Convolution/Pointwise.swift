// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Convolution with 1×1 filters, stride 1 and no padding: the pixels are the rows of a matrix as they lie in
/// memory. Blocks of them are multiplied by the filters in panels (`Panels`), and bias and activation follow
/// while the block is in the cache.
enum Pointwise: ConvolutionAlgorithm {
    static func supports(_ geometry: ConvolutionGeometry) -> Bool { geometry.isPointwise }

    static func canApply(_ activation: Activation) -> Bool { true }

    static func cost(_ geometry: ConvolutionGeometry) -> Double { 1 }

    static func reason(_ geometry: ConvolutionGeometry) -> String { "1×1 filters: one matrix product" }

    /// The `[C, O]` matrix in panels.
    static func filters(_ weight: Tensor, turned: Bool) -> Tensor {
        Panels.filters(plainFilters(weight, turned: turned))
    }

    /// So many pixels at a time that they and their results stay in the second cache: a multiple of the
    /// kernels' rows, where there are not too many channels.
    private static func blockRows(_ geometry: ConvolutionGeometry) -> Int {
        let rows = (1 << 16) / (geometry.inChannels + geometry.outChannels)
        return rows < 42 ? max(14, rows) : min(rows / 42, 8) * 42
    }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let (input, bias) = (input.applied(), epilogue.bias)
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let (x, y, b) = (input.pointer, result.mutablePointer, bias?.pointer)
        let isRelu = epilogue.activation == .relu
        let after: ck_activation? = epilogue.activation.hasGradientFromOutput ? nil : epilogue.activation.code
        let loops = Kernels.loops
        let rows = geometry.batch * geometry.output.area
        let block = max(1, min(blockRows(geometry), rows))
        let parts = ThreadPool.shared.parts(rows, grain: max(1, (1 << 17) / (inChannels * outChannels)))
        let scratch = (0..<ThreadPool.shared.threadCount).map { _ in
            (
                inputs: Tensor(scratch: [Panels.size(rows: block, columns: inChannels)]),
                products: Tensor(scratch: [Panels.size(rows: block, columns: outChannels)])
            )
        }
        ThreadPool.shared.runWithWorkers(tasks: parts) { part, worker in
            let inputs = scratch[worker].inputs.mutablePointer
            let products = scratch[worker].products.mutablePointer
            let end = rows * (part + 1) / parts
            for first in stride(from: rows * part / parts, to: end, by: block) {
                let count = min(block, end - first)
                let panel = count * Panels.width
                loops.panels_from_rows(count, inChannels, x + first * inChannels, nil, inputs, panel, nil)
                for column in 0..<Panels.count(outChannels) {
                    loops.panel_product(
                        count, inChannels, inputs, panel,
                        filters.pointer + column * inChannels * Panels.width, products + column * panel)
                }
                let target = y + first * outChannels
                loops.rows_from_panels(count, outChannels, products, panel, b, isRelu, target)
                if let after { loops.bias_activation(count, outChannels, target, outChannels, nil, after) }
            }
        }
        withExtendedLifetime((input, filters, bias, scratch)) {}
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
