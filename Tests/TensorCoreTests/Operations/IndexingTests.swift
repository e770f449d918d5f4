// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
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

    private let block = Tensor.arange(24).reshaped(to: [2, 3, 4])

    @Test func threeDotsStandForTheRemainingAxes() {
        #expect(block[...].floats == block.floats)
        #expect(block[..., 0].floats == [0, 4, 8, 12, 16, 20])
        #expect(block[..., 0].shape == [2, 3])
        #expect(block[..., 2...].shape == [2, 3, 2])
        #expect(block[1, ...].floats == block[1].floats)
        #expect(block[1, ..., 0].floats == [12, 16, 20])
        #expect(block[1, 2, ..., 3].item() == 23)
        #expect(block[1, 2, 3, ...].item() == 23)
        #expect(block[..., 1, 1..<3].floats == [5, 6, 17, 18])
        #expect(table[..., 1...].floats == [1, 2, 4, 5])
    }

    @Test func threeDotsAreWrittenTo() {
        var x = Tensor.zeros([2, 2, 2])
        x[..., 1] = 5
        x[0, ..., 0] = Tensor([1, 2] as [Float])
        #expect(x.floats == [1, 5, 2, 5, 0, 5, 0, 5])
        x[...] = 3
        #expect(x.floats == [Float](repeating: 3, count: 8))
    }

    @Test func stridesTakeEveryOtherElement() {
        let x = Tensor.arange(7)
        #expect(x[stride(from: 0, to: 6, by: 2)].floats == [0, 2, 4])
        #expect(x[stride(from: 1, through: 7 - 1, by: 5)].floats == [1, 6])
        #expect(x[stride(from: 6, through: 0, by: -3)].floats == [6, 3, 0])
        #expect(x[stride(from: 3, to: 3, by: 2)].shape == [0])
        #expect(
            block[1, stride(from: 0, to: 3, by: 2), ..., stride(from: 3, to: 0, by: -2)].floats == [
                15, 13, 23, 21,
            ])
        var y = Tensor.zeros([5])
        y[stride(from: 4, to: 0, by: -2)] = Tensor([1, 2] as [Float])
        #expect(y.floats == [0, 0, 2, 0, 1])
    }

    @Test func whatIsTakenInStridesIsAnOrdinaryTensor() {
        let x = Deterministic.tensor([4, 6, 5, 4], seed: 9)
        let part = x[stride(from: 0, to: 4, by: 3), ..., stride(from: 3, through: 0, by: -1)]
        let copy = Tensor(part.floats, shape: part.shape)
        #expect((part * 2 + 1).floats == (copy * 2 + 1).floats)
        #expect(part.sum(axes: [0, 2]).floats == copy.sum(axes: [0, 2]).floats)
        #expect(part.channelsLast().floats == copy.floats)
    }

    @Test func theGradientOfAStrideGoesToItsElements() {
        let x = Parameter(table)
        let part = x.tensor[..., stride(from: 2, through: 0, by: -2)]
        part.backward(gradient: Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
        #expect(x.gradient!.floats == [2, 0, 1, 4, 0, 3])
        let y = Parameter(block)
        y.tensor[1, ..., 0].backward(gradient: Tensor([1, 2, 3] as [Float]))
        #expect(y.gradient!.floats.enumerated().filter { $0.element != 0 }.map(\.offset) == [12, 16, 20])
    }

    @Test func indicesOutsideAnAxisTrap() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.arange(5)[stride(from: 0, to: 6, by: 5)] }
        await #expect(processExitsWith: .failure) { _ = Tensor.arange(5)[..., 0, 0] }
    }
}
