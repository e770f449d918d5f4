// SPDX-License-Identifier: Apache-2.0

import CKernels

/// The 4×4 tiles that cover a convolution's output, and how many of them are worked on at a time.
struct WinogradTiles {
    static let positions = 36

    let geometry: ConvolutionGeometry
    let high: Int
    let wide: Int

    init(_ geometry: ConvolutionGeometry) {
        self.geometry = geometry
        high = (geometry.output.height + 3) / 4
        wide = (geometry.output.width + 3) / 4
    }

    var count: Int { geometry.batch * high * wide }

    /// The work of a direct convolution divided by the work of this one. The transforms of one channel of a
    /// tile take as long as about 500 multiply-adds.
    var saving: Double {
        let products = Double(geometry.inChannels * geometry.outChannels)
        let transforms = 500 * Double(geometry.inChannels + geometry.outChannels)
        let work = Double(high * wide) * (Double(Self.positions) * products + transforms)
        return Double(geometry.output.area) * 9 * products / work
    }

    /// How many tiles a thread takes at a time: so many that their transformed input and output fit in a
    /// core's own cache. Where the transformed filters do not fit, more tiles, so that reading the filters
    /// takes little beside the products.
    var blockLength: Int {
        let perTile = Self.positions * (geometry.inChannels + geometry.outChannels) * 4
        let filters = Self.positions * geometry.inChannels * geometry.outChannels * 4
        let least = filters > CacheSizes.last ? 56 : filters > CacheSizes.second * 4 ? 28 : 14
        return max(least, CacheSizes.second / 3 / perTile / 14 * 14)
    }

    /// The images that patches of 6×6 are taken from.
    var input: ck_tiles {
        ck_tiles(
            height: geometry.input.height, width: geometry.input.width, channels: geometry.inChannels,
            tiles_high: high, tiles_wide: wide, padding_h: geometry.padding.height,
            padding_w: geometry.padding.width)
    }

    /// The images that tiles of 4×4 are written to, or taken from.
    var output: ck_tiles {
        ck_tiles(
            height: geometry.output.height, width: geometry.output.width, channels: geometry.outChannels,
            tiles_high: high, tiles_wide: wide, padding_h: 0, padding_w: 0)
    }
}

/// A buffer for transformed values: a matrix in panels for each of the 36 positions.
struct WinogradBuffer {
    let memory: Tensor
    let rows: Int
    let columns: Int

    init(rows: Int, columns: Int) {
        self.init(
            memory: Tensor(scratch: [WinogradTiles.positions * Self.positionStride(rows, columns)]),
            rows: rows, columns: columns)
    }

    init(memory: Tensor, rows: Int, columns: Int) {
        self.memory = memory
        self.rows = rows
        self.columns = columns
    }

    /// A buffer of the same shape with other contents.
    func with(_ memory: Tensor) -> WinogradBuffer {
        WinogradBuffer(memory: memory, rows: rows, columns: columns)
    }

    var start: UnsafeMutablePointer<Float> { memory.mutablePointer }
    var panelStride: Int { rows * Panels.width }
    /// A little more than the matrix's size. Distances of a power of two would make all positions compete for
    /// the same cache lines.
    var positionStride: Int { Self.positionStride(rows, columns) }

    private static func positionStride(_ rows: Int, _ columns: Int) -> Int {
        Panels.size(rows: rows, columns: columns) + Panels.width
    }

    /// The first element of a panel at a position.
    func panel(_ position: Int, _ panel: Int) -> UnsafeMutablePointer<Float> {
        start + position * positionStride + panel * panelStride
    }
}
