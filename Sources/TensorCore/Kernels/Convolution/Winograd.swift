// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Convolution with 3×3 filters and stride 1 by Winograd's minimal filtering F(4×4, 3×3): 36 multiplications for a tile of
/// 16 outputs where the direct way takes 144 (A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks",
/// CVPR 2016, https://arxiv.org/abs/1509.09308).
///
/// Patches of the input and the filters are transformed, multiplied as one matrix product over the channels for each of
/// the 36 positions, and transformed back.
enum Winograd {
    /// What a forward pass does with a tile before it writes it.
    struct Epilogue {
        var bias: Tensor?
        var activation = Activation.identity
        /// Write only the largest value of each 2×2 window.
        var pools = false
    }

    /// - Parameters:
    ///   - mask: in the input's shape; the input counts as 0 where this is 0 or less.
    ///   - filters: `transformed(…)` of the weight.
    static func forward(
        _ input: Tensor, mask: Tensor? = nil, filters: WinogradBuffer, _ geometry: ConvolutionGeometry,
        _ epilogue: Epilogue = Epilogue()
    ) -> Tensor {
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
            pass.apart(blocks: blocks)
        } else {
            pass.together()
        }
        withExtendedLifetime((input, mask, filters.memory, epilogue.bias)) {}
        return result
    }

    /// The weight `[O, C, 3, 3]`, channels-last, as `[C, O]` matrices for the forward pass; or, with its taps turned by
    /// half a circle, as `[O, C]` for the input gradient.
    static func transformed(_ weight: Tensor, turned: Bool = false) -> WinogradBuffer {
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
        return withExtendedLifetime(weight) { result }
    }
}

/// The steps of a forward pass over ranges of tiles.
private struct ForwardPass {
    let tiles: WinogradTiles
    let input: UnsafePointer<Float>
    let mask: UnsafePointer<Float>?
    let filters: WinogradBuffer
    let bias: UnsafePointer<Float>?
    let epilogue: Winograd.Epilogue
    let output: UnsafeMutablePointer<Float>
    let loops = Kernels.loops

    private func buffers(_ rows: Int) -> (patches: WinogradBuffer, products: WinogradBuffer) {
        (
            WinogradBuffer(rows: rows, columns: tiles.geometry.inChannels),
            WinogradBuffer(rows: rows, columns: tiles.geometry.outChannels)
        )
    }

    /// Each thread takes blocks of tiles through all steps.
    func apart(blocks: Int) {
        let room = (0..<ThreadPool.shared.threadCount).map { _ in buffers((tiles.count + blocks - 1) / blocks)
        }
        ThreadPool.shared.runWithWorkers(tasks: blocks) { block, worker in
            let range = tiles.count * block / blocks..<tiles.count * (block + 1) / blocks
            let (patches, products) = room[worker]
            transformInput(range, to: patches, row: 0)
            for position in 0..<WinogradTiles.positions {
                multiply(patches, rows: range.count, position, to: products)
            }
            transformOutput(range, from: products, row: 0)
        }
        withExtendedLifetime(room) {}
    }

    /// Each step for all tiles, by all threads: where there are few tiles, each part of the filters is read only once.
    func together() {
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
