// SPDX-License-Identifier: Apache-2.0

import CKernels

extension Winograd {
    /// The gradients with respect to filters and bias: `Gᵀ [Σ (Bᵀ d B) ⊙ (A ∂y Aᵀ)] G`, the sum taken over all tiles as a
    /// matrix product for each position, and `Σ ∂y`.
    ///
    /// Tiles are taken in chunks, whose size does not depend on the number of threads; neither does the result.
    /// - Parameter mask: in the gradient's shape; the gradient counts only where this is positive.
    static func filterGradient(
        _ gradient: Tensor, mask: Tensor?, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor) {
        let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
        let tiles = WinogradTiles(geometry)
        guard tiles.count > 0 else {
            return (Tensor.zeros([outChannels, inChannels, 3, 3]), Tensor.zeros([outChannels]))
        }
        let chunk = chunkLength(tiles)
        let sums = WinogradBuffer(rows: inChannels, columns: outChannels)
        var bias = [Double](repeating: 0, count: outChannels)
        let patches = WinogradBuffer(rows: chunk, columns: inChannels)
        let gradients = WinogradBuffer(rows: chunk, columns: outChannels)
        for first in stride(from: 0, to: tiles.count, by: chunk) {
            let range = first..<min(first + chunk, tiles.count)
            transform(range, tiles, input, gradient, mask, to: patches, gradients, &bias)
            addProducts(patches, gradients, count: range.count, to: sums, isFirst: first == 0)
        }
        withExtendedLifetime((patches.memory, gradients.memory)) {}
        return (transformedBack(sums, geometry), Tensor(bias.map { Float($0) }))
    }

    /// As many tiles as stay in the last cache, but enough that adding to the sums takes little beside the products.
    private static func chunkLength(_ tiles: WinogradTiles) -> Int {
        let perTile = WinogradTiles.positions * (tiles.geometry.inChannels + tiles.geometry.outChannels) * 4
        return min(tiles.count, max(256, CacheSizes.last / 3 / perTile))
    }

    private static func transform(
        _ range: Range<Int>, _ tiles: WinogradTiles, _ input: Tensor, _ gradient: Tensor, _ mask: Tensor?,
        to patches: WinogradBuffer, _ gradients: WinogradBuffer, _ bias: inout [Double]
    ) {
        // Short pieces: their float32 sums for the bias are added up in float64.
        let piece = 32
        let pieces = (range.count + piece - 1) / piece
        let outChannels = tiles.geometry.outChannels
        let sums = Tensor.zeros([pieces, outChannels])
        let (x, g, m, s) = (input.pointer, gradient.pointer, mask?.pointer, sums.mutablePointer)
        let loops = Kernels.loops
        ThreadPool.shared.run(tasks: pieces) { index in
            var (images, outputs) = (tiles.input, tiles.output)
            let row = index * piece
            let count = min(piece, range.count - row)
            loops.winograd_input(
                &images, x, nil, range.lowerBound + row, count, patches.start + row * Panels.width,
                patches.panelStride, patches.positionStride)
            loops.winograd_gradient(
                &outputs, g, m, range.lowerBound + row, count, gradients.start + row * Panels.width,
                gradients.panelStride, gradients.positionStride, s + index * outChannels)
        }
        for index in 0..<pieces {
            for channel in 0..<outChannels { bias[channel] += Double(s[index * outChannels + channel]) }
        }
        withExtendedLifetime((input, gradient, mask, sums)) {}
    }

    private static func addProducts(
        _ patches: WinogradBuffer, _ gradients: WinogradBuffer, count: Int, to sums: WinogradBuffer,
        isFirst: Bool
    ) {
        let loops = Kernels.loops
        ThreadPool.shared.run(tasks: WinogradTiles.positions) { position in
            for column in 0..<Panels.count(gradients.columns) {
                for row in 0..<Panels.count(patches.columns) {
                    loops.panel_product_transposed(
                        min(Panels.width, patches.columns - row * Panels.width), count,
                        patches.panel(position, row), gradients.panel(position, column),
                        sums.panel(position, column) + row * Panels.width * Panels.width, !isFirst)
                }
            }
        }
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
                first,
                count, result.mutablePointer)
        }
        return withExtendedLifetime(sums.memory) { result }
    }
}
