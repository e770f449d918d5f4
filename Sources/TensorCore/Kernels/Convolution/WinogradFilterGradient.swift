// SPDX-License-Identifier: Apache-2.0

import CKernels

extension Winograd {
    /// The gradients with respect to filters and bias: `Gᵀ [Σ (Bᵀ d B) ⊙ (A ∂y Aᵀ)] G`, the sum taken over
    /// all tiles as a matrix product for each position, and `Σ ∂y`.
    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?) {
        let (gradient, mask) = (gradient.tensor, gradient.mask)
        let pass = FilterGradientPass(
            tiles: WinogradTiles(geometry), input: input.pointer, gradient: gradient.pointer,
            mask: mask?.pointer)
        let (sums, bias) = pass.sumsFitACore ? pass.runIndependently() : pass.runInLockstep()
        withExtendedLifetime((input, gradient, mask)) {}
        return (transformedBack(sums, geometry), Tensor(bias.map { Float($0) }))
    }

    private static func transformedBack(_ sums: WinogradBuffer, _ geometry: ConvolutionGeometry) -> Tensor {
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let result = Tensor(uninitialized: [outChannels, inChannels, 3, 3], order: .channelsLast)
        let loops = Kernels.loops
        ThreadPool.shared.split(Panels.count(outChannels)) { panels in
            let first = panels.lowerBound * Panels.width
            let count = min(outChannels, panels.upperBound * Panels.width) - first
            loops.winograd_filter_gradient(
                sums.start, sums.positionStride, inChannels, outChannels, 1, 9 * inChannels, inChannels,
                first, count, result.mutablePointer)
        }
        return withExtendedLifetime(sums.memory) { result }
    }
}

/// The steps of the filter gradient over ranges of tiles. For the bias, short sums over few tiles are in
/// float32; these sums are added in float64.
private struct FilterGradientPass {
    let tiles: WinogradTiles
    let input: UnsafePointer<Float>
    let gradient: UnsafePointer<Float>
    let mask: UnsafePointer<Float>?
    let loops = Kernels.loops

    private var inChannels: Int { tiles.geometry.inChannels }
    private var outChannels: Int { tiles.geometry.outChannels }
    private var bytesPerTile: Int { WinogradTiles.positions * (inChannels + outChannels) * 4 }

    /// Whether the sums are small enough that some tiles fit into a core's cache beside them.
    var sumsFitACore: Bool {
        WinogradTiles.positions * inChannels * outChannels * 4 <= CacheSizes.second * 5 / 8
    }

    private func newSums() -> WinogradBuffer {
        let sums = WinogradBuffer(rows: inChannels, columns: outChannels)
        if tiles.count == 0 { Kernels.clear(sums.memory) }
        return sums
    }

    private func buffers(_ rows: Int) -> (patches: WinogradBuffer, gradients: WinogradBuffer) {
        (
            WinogradBuffer(rows: rows, columns: inChannels),
            WinogradBuffer(rows: rows, columns: outChannels)
        )
    }

    /// The threads work independently: each does all steps for tiles of its own, in blocks that stay in its
    /// cache beside its own sums.
    func runIndependently() -> (WinogradBuffer, bias: [Double]) {
        let parts = ThreadPool.shared.parts(tiles.count, grain: 1)
        let blockLength = max(14, CacheSizes.second / 4 / bytesPerTile)
        let blocks = (tiles.count / parts + blockLength) / blockLength
        let scratch = (0..<parts).map { _ in
            (buffers(blockLength), sums: newSums(), biases: Kernels.zeros([blocks, outChannels]))
        }
        ThreadPool.shared.run(tasks: parts) { part in
            let ((patches, gradients), sums, biases) = scratch[part]
            let (start, end) = (tiles.count * part / parts, tiles.count * (part + 1) / parts)
            for (block, first) in stride(from: start, to: end, by: blockLength).enumerated() {
                let range = first..<min(first + blockLength, end)
                transform(
                    range, to: patches, gradients, row: 0, bias: biases.mutablePointer + block * outChannels)
                for position in 0..<WinogradTiles.positions {
                    addProducts(
                        patches, gradients, range.count, position, to: sums, isFirst: first == start)
                }
            }
        }
        var total = scratch[0].sums.memory
        var bias = [Double](repeating: 0, count: outChannels)
        for (part, own) in scratch.enumerated() {
            if part > 0 { Kernels.add(own.sums.memory, to: &total) }
            add(own.biases, to: &bias)
        }
        return (scratch[0].sums.with(total), bias)
    }

    private func add(_ biases: Tensor, to total: inout [Double]) {
        for (index, sum) in biases.floats.enumerated() { total[index % outChannels] += Double(sum) }
    }

    /// The threads work in lockstep: all do one step for a chunk of tiles before the next begins. Chunks stay
    /// in the last cache, but are large enough that adding to the sums takes little time beside the products.
    func runInLockstep() -> (WinogradBuffer, bias: [Double]) {
        let sums = newSums()
        var bias = [Double](repeating: 0, count: outChannels)
        let chunkLength = max(1, min(tiles.count, max(256, CacheSizes.last / 3 / bytesPerTile)))
        let (patches, gradients) = buffers(chunkLength)
        let piece = 32
        for first in stride(from: 0, to: tiles.count, by: chunkLength) {
            let count = min(chunkLength, tiles.count - first)
            let pieces = (count + piece - 1) / piece
            let biases = Kernels.zeros([pieces, outChannels])
            ThreadPool.shared.run(tasks: pieces) { index in
                let row = index * piece
                transform(
                    first + row..<first + min(row + piece, count), to: patches, gradients, row: row,
                    bias: biases.mutablePointer + index * outChannels)
            }
            add(biases, to: &bias)
            ThreadPool.shared.run(tasks: WinogradTiles.positions) { position in
                addProducts(patches, gradients, count, position, to: sums, isFirst: first == 0)
            }
        }
        withExtendedLifetime((patches.memory, gradients.memory)) {}
        return (sums, bias)
    }

    private func transform(
        _ range: Range<Int>, to patches: WinogradBuffer, _ gradients: WinogradBuffer, row: Int,
        bias: UnsafeMutablePointer<Float>
    ) {
        var (images, outputs) = (tiles.input, tiles.output)
        loops.winograd_input(
            &images, input, nil, range.lowerBound, range.count, patches.start + row * Panels.width,
            patches.panelStride, patches.positionStride)
        loops.winograd_gradient(
            &outputs, gradient, mask, range.lowerBound, range.count, gradients.start + row * Panels.width,
            gradients.panelStride, gradients.positionStride, bias)
    }

    private func addProducts(
        _ patches: WinogradBuffer, _ gradients: WinogradBuffer, _ count: Int, _ position: Int,
        to sums: WinogradBuffer, isFirst: Bool
    ) {
        for column in 0..<Panels.count(outChannels) {
            for row in 0..<Panels.count(inChannels) {
                loops.panel_product_transposed(
                    min(Panels.width, inChannels - row * Panels.width), count, patches.panel(position, row),
                    gradients.panel(position, column),
                    sums.panel(position, column) + row * Panels.width * Panels.width, !isFirst)
            }
        }
    }
}
