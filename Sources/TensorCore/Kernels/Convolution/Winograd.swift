// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Convolution with 3×3 filters and stride 1 by Winograd's minimal filtering F(4×4, 3×3): 36 multiplications
/// for a tile of 16 outputs where the direct way takes 144 (A. Lavin, S. Gray, "Fast Algorithms for
/// Convolutional Neural Networks", CVPR 2016, https://arxiv.org/abs/1509.09308).
///
/// Patches of the input and the filters are transformed, multiplied as one matrix product over the channels
/// for each of the 36 positions, and transformed back.
enum Winograd: ConvolutionAlgorithm {
    static func supports(_ geometry: ConvolutionGeometry) -> Bool {
        geometry.kernel == 3 && geometry.stride == 1 && geometry.dilation == 1 && geometry.groups == 1
    }

    static func cost(_ geometry: ConvolutionGeometry) -> Double { 1 / WinogradTiles(geometry).saving }

    static func reason(_ geometry: ConvolutionGeometry) -> String {
        let tenths = Int((WinogradTiles(geometry).saving * 10).rounded())
        return "3×3 filters, stride 1: \(tenths / 10).\(tenths % 10) times less work"
    }

    static func canPool(_ geometry: ConvolutionGeometry) -> Bool {
        geometry.output.height > 1 && geometry.output.width > 1
    }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let (input, mask) = (input.tensor, input.mask)
        let filters = WinogradBuffer(
            memory: filters, rows: geometry.inChannels, columns: geometry.outChannels)
        var shape = geometry.outputShape
        if epilogue.pools { (shape[2], shape[3]) = (shape[2] / 2, shape[3] / 2) }
        let result = Tensor(uninitialized: shape, order: .channelsLast)
        let tiles = WinogradTiles(geometry)
        let pass = ForwardPass(
            tiles: tiles, input: input.pointer, mask: mask?.pointer, filters: filters,
            bias: epilogue.bias?.pointer, epilogue: epilogue, output: result.mutablePointer)
        let threads = ThreadPool.shared.threadCount
        let round = threads * tiles.blockLength
        let blocks = (tiles.count + round / 2) / round * threads
        if blocks > 0 {
            pass.runIndependently(blocks: blocks)
        } else {
            pass.runInLockstep()
        }
        withExtendedLifetime((input, mask, filters.memory, epilogue.bias)) {}
        return result
    }

    /// The transformed weight `[O, C, 3, 3]` (channels-last): 36 matrices `[C, O]`, or `[O, C]` with
    /// `turned`. They take four times the weight's memory.
    static func filters(_ weight: Tensor, turned: Bool) -> Tensor {
        let (outChannels, inChannels) = (weight.shape[0], weight.shape[1])
        let (rows, columns) = turned ? (outChannels, inChannels) : (inChannels, outChannels)
        let result = WinogradBuffer(rows: rows, columns: columns)
        let loops = Kernels.loops
        let (w, u) = (weight.pointer, result.start)
        ThreadPool.shared.split(Panels.count(columns)) { panels in
            let first = panels.lowerBound * Panels.width
            let count = min(columns, panels.upperBound * Panels.width) - first
            if turned {
                loops.winograd_filters(
                    w + 8 * inChannels, rows, columns, 9 * inChannels, 1, -inChannels, first, count, u,
                    result.positionStride)
            } else {
                loops.winograd_filters(
                    w, rows, columns, 1, 9 * inChannels, inChannels, first, count, u, result.positionStride)
            }
        }
        return withExtendedLifetime(weight) { result.memory }
    }
}

/// The steps of a forward pass over ranges of tiles.
private struct ForwardPass {
    let tiles: WinogradTiles
    let input: UnsafePointer<Float>
    let mask: UnsafePointer<Float>?
    let filters: WinogradBuffer
    let bias: UnsafePointer<Float>?
    let epilogue: ConvolutionEpilogue
    let output: UnsafeMutablePointer<Float>
    let loops = Kernels.loops

    private func buffers(_ rows: Int) -> (patches: WinogradBuffer, products: WinogradBuffer) {
        (
            WinogradBuffer(rows: rows, columns: tiles.geometry.inChannels),
            WinogradBuffer(rows: rows, columns: tiles.geometry.outChannels)
        )
    }

    /// The threads work independently: each takes blocks of tiles through all steps.
    func runIndependently(blocks: Int) {
        let scratch = (0..<ThreadPool.shared.threadCount).map { _ in
            buffers((tiles.count + blocks - 1) / blocks)
        }
        ThreadPool.shared.runWithWorkers(tasks: blocks) { block, worker in
            let range = tiles.count * block / blocks..<tiles.count * (block + 1) / blocks
            let (patches, products) = scratch[worker]
            transformInput(range, to: patches, row: 0)
            for position in 0..<WinogradTiles.positions {
                multiply(patches, rows: range.count, position, to: products)
            }
            transformOutput(range, from: products, row: 0)
        }
        withExtendedLifetime(scratch) {}
    }

    /// The threads work in lockstep: all do one step for all tiles before the next begins. For few tiles this
    /// is faster, because each part of the filters is read only once.
    func runInLockstep() {
        let (patches, products) = buffers(tiles.count)
        ThreadPool.shared.split(tiles.count) { transformInput($0, to: patches, row: $0.lowerBound) }
        ThreadPool.shared.run(tasks: WinogradTiles.positions) { position in
            multiply(patches, rows: tiles.count, position, to: products)
        }
        ThreadPool.shared.split(tiles.count) { transformOutput($0, from: products, row: $0.lowerBound) }
        withExtendedLifetime((patches.memory, products.memory)) {}
    }

    private func transformInput(_ range: Range<Int>, to patches: WinogradBuffer, row: Int) {
        var images = tiles.input
        loops.winograd_input(
            &images, input, mask, range.lowerBound, range.count, patches.start + row * Panels.width,
            patches.panelStride, patches.positionStride)
    }

    private func multiply(
        _ patches: WinogradBuffer, rows: Int, _ position: Int, to products: WinogradBuffer
    ) {
        for panel in 0..<Panels.count(products.columns) {
            loops.panel_product(
                rows, patches.columns, patches.panel(position, 0), patches.panelStride,
                filters.panel(position, panel), products.panel(position, panel))
        }
    }

    private func transformOutput(_ range: Range<Int>, from products: WinogradBuffer, row: Int) {
        var images = tiles.output
        loops.winograd_output(
            &images, products.start + row * Panels.width, products.panelStride, products.positionStride, bias,
            epilogue.activation == .relu, epilogue.pools, range.lowerBound, range.count, output)
    }
}
