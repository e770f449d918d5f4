// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

@Suite struct IndexingTests {
    private let table = Tensor.arange(6).reshaped(to: [2, 3])

    @Test func flippingReversesOneAxis() {
        #expect(table.flipped(axis: 1).floats == [2, 1, 0, 5, 4, 3])
        #expect(table.flipped(axis: -2).floats == [3, 4, 5, 0, 1, 2])
        #expect(table.flipped(axis: 0).flipped(axis: 1).floats == [5, 4, 3, 2, 1, 0])
        #expect(table.slice(axis: 0, 0..<1).flipped(axis: 0).floats == [0, 1, 2])
    }

    @Test func aFlippedPartIsThePartFlipped() {
        #expect(table.flipped(axis: 1)[WholeAxis.all, 1...].floats == [1, 0, 4, 3])
        #expect(table.slice(axis: 1, 0..<2).flipped(axis: 1).floats == [1, 0, 4, 3])
    }

    @Test func flippedImagesConvolveAsCopiesOfThem() {
        var generator = RandomGenerator(seed: 3)
        let images = Tensor.normal([2, 3, 9, 8], using: &generator).channelsLast()
        let weight = Tensor.normal([4, 3, 3, 3], using: &generator)
        let flipped = images.flipped(axis: 3)
        let copy = Tensor(flipped.floats, shape: flipped.shape)
        #expect(conv2d(flipped, weight: weight).floats == conv2d(copy, weight: weight).floats)
    }

    @Test func aFlipsGradientIsFlipped() {
        let parameter = Parameter(table)
        let factors = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        (parameter.tensor.flipped(axis: 1) * factors).sum().backward()
        #expect(parameter.gradient?.floats == [3, 2, 1, 6, 5, 4])
        let check = checkGradients(at: [table]) { ($0[0].flipped(axis: 0) * $0[0]).sum() }
        #expect(check.worstError < 1e-3)
    }
}
