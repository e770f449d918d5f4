// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Convolution as a matrix product over blocks of patches, for any stride, padding, dilation and groups.
///
/// A block's patches are laid out as rows of `[kH, kW, C]` (the order of a channels-last filter), so that
/// `output = patches · filtersᵀ` and its two transposes give all three passes.
enum Im2col: ConvolutionAlgorithm {
    static func supports(_ geometry: ConvolutionGeometry) -> Bool { true }

    static func canApply(_ activation: Activation) -> Bool { true }

    static func cost(_ geometry: ConvolutionGeometry) -> Double { 1 }

    static func reason(_ geometry: ConvolutionGeometry) -> String {
        "filters \(geometry.kernel), stride \(geometry.stride), groups \(geometry.groups)"
    }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let (input, bias) = (input.applied(), epilogue.bias)
        let activation = epilogue.activation.code
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        let (x, w, y, b) = (input.pointer, filters.pointer, result.mutablePointer, bias?.pointer)
        let loops = Kernels.loops
        forEachBlock(geometry) { block, columns, _ in
            let target = y + (block.image * geometry.output.area + block.first) * geometry.outChannels
            for group in 0..<geometry.groups {
                let patches = gather(block, group, x, columns, geometry)
                let matrix = Matrix(
                    start: w + group * geometry.groupOut * geometry.patch, stride: geometry.patch,
                    isTransposed: true)
                Kernels.gemm(
                    block.count, geometry.groupOut, geometry.patch, patches, matrix,
                    into: target + group * geometry.groupOut, stride: geometry.outChannels)
            }
            if b != nil || activation != CK_IDENTITY {
                loops.bias_activation(
                    block.count, geometry.outChannels, target, geometry.outChannels, b, activation)
            }
        }
        withExtendedLifetime((input, filters, bias)) {}
        return result
    }

    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?) {
        let gradient = gradient.applied()
        let shape = [geometry.outChannels, geometry.groupIn, geometry.kernel.height, geometry.kernel.width]
        let parts = tasks(geometry)
        // Each thread adds up its own blocks; the sum over threads has a fixed order.
        let sums = (0..<parts).map { _ in Tensor(uninitialized: shape, order: .channelsLast) }
        let pointers = sums.map(\.mutablePointer)
        for sum in sums { Kernels.clear(sum) }
        let (x, g) = (input.pointer, gradient.pointer)
        forEachBlock(geometry) { block, columns, task in
            let source = g + (block.image * geometry.output.area + block.first) * geometry.outChannels
            for group in 0..<geometry.groups {
                let patches = gather(block, group, x, columns, geometry)
                let outputs = Matrix(
                    start: source + group * geometry.groupOut, stride: geometry.outChannels,
                    isTransposed: true)
                Kernels.gemm(
                    geometry.groupOut, geometry.patch, block.count, outputs, patches, beta: 1,
                    into: pointers[task] + group * geometry.groupOut * geometry.patch, stride: geometry.patch)
            }
        }
        withExtendedLifetime((input, gradient)) {}
        var total = sums[0]
        for part in sums.dropFirst() { Kernels.add(part, to: &total) }
        return (total, nil)
    }

    /// Computes patches of the input's gradient and adds each at the position that it was taken from. Each
    /// thread has images of its own.
    static func inputGradient(_ gradient: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry) -> Tensor
    {
        let result = Tensor(
            uninitialized: [
                geometry.batch, geometry.inChannels, geometry.input.height, geometry.input.width,
            ],
            order: .channelsLast)
        Kernels.clear(result)
        let (g, w, y) = (gradient.pointer, weight.pointer, result.mutablePointer)
        let loops = Kernels.loops
        let rows = min(blockRows(geometry), geometry.output.area)
        let parts = ThreadPool.shared.parts(geometry.batch, grain: 1)
        let scratch = (0..<parts).map { _ in Tensor(scratch: [rows, geometry.patch]) }
        ThreadPool.shared.run(tasks: parts) { part in
            let columns = scratch[part]
            for image in geometry.batch * part / parts..<geometry.batch * (part + 1) / parts {
                for first in stride(from: 0, to: geometry.output.area, by: rows) {
                    let count = min(rows, geometry.output.area - first)
                    let source = g + (image * geometry.output.area + first) * geometry.outChannels
                    for group in 0..<geometry.groups {
                        Kernels.gemm(
                            count, geometry.patch, geometry.groupOut,
                            Matrix(start: source + group * geometry.groupOut, stride: geometry.outChannels),
                            Matrix(
                                start: w + group * geometry.groupOut * geometry.patch, stride: geometry.patch),
                            into: columns.mutablePointer, stride: geometry.patch)
                        loops.col2im(
                            columns.pointer, geometry.input.height, geometry.input.width, geometry.groupIn,
                            geometry.inChannels, geometry.kernel.height, geometry.kernel.width,
                            geometry.stride.height,
                            geometry.stride.width, geometry.padding.height, geometry.padding.width,
                            geometry.dilation.height, geometry.dilation.width, geometry.output.width, first,
                            count,
                            y + image * geometry.input.area * geometry.inChannels + group * geometry.groupIn)
                    }
                }
            }
        }
        withExtendedLifetime((gradient, weight, scratch)) {}
        return result
    }

    /// Output pixels `first ..< first + count` of one image.
    private struct Block {
        var image: Int
        var first: Int
        var count: Int
    }

    /// Enough rows that packing the filters costs little beside the product, few enough to stay in the last
    /// cache.
    private static func blockRows(_ geometry: ConvolutionGeometry) -> Int {
        max(64, min(4096, (1 << 21) / max(1, geometry.patch)))
    }

    private static func tasks(_ geometry: ConvolutionGeometry) -> Int {
        let rows = geometry.batch * geometry.output.area
        return ThreadPool.shared.parts(
            rows, grain: max(1, (1 << 17) / max(1, geometry.patch * geometry.outChannels)))
    }

    /// Visits all output pixels in blocks. Each task has its own scratch buffer for columns.
    private static func forEachBlock(
        _ geometry: ConvolutionGeometry, _ body: (Block, UnsafeMutablePointer<Float>, _ task: Int) -> Void
    ) {
        let rows = geometry.batch * geometry.output.area
        let parts = tasks(geometry)
        let limit = blockRows(geometry)
        let scratch = (0..<parts).map { _ in
            Tensor(scratch: [min(limit, (rows + parts - 1) / parts), geometry.patch])
        }
        ThreadPool.shared.run(tasks: parts) { task in
            let columns = scratch[task]
            let end = rows * (task + 1) / parts
            var row = rows * task / parts
            while row < end {
                let (image, first) = row.quotientAndRemainder(dividingBy: geometry.output.area)
                let count = min(limit, end - row, geometry.output.area - first)
                body(Block(image: image, first: first, count: count), columns.mutablePointer, task)
                row += count
            }
        }
        withExtendedLifetime(scratch) {}
    }

    private static func gather(
        _ block: Block, _ group: Int, _ input: UnsafePointer<Float>, _ columns: UnsafeMutablePointer<Float>,
        _ geometry: ConvolutionGeometry
    ) -> Matrix {
        let image = input + block.image * geometry.input.area * geometry.inChannels
        Kernels.loops.im2col(
            image + group * geometry.groupIn, geometry.input.height, geometry.input.width, geometry.groupIn,
            geometry.inChannels, geometry.kernel.height, geometry.kernel.width, geometry.stride.height,
            geometry.stride.width, geometry.padding.height, geometry.padding.width, geometry.dilation.height,
            geometry.dilation.width, geometry.output.width, block.first, block.count, columns)
        return Matrix(start: UnsafePointer(columns), stride: geometry.patch)
    }
}
