// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

/// Lengths of 0, and lengths whose arithmetic overflows: what PyTorch computes is computed, the rest is
/// refused with a message, and nothing is read or written outside of a tensor.
@Suite struct ExtremeShapeTests {
    @Test func aConvolutionOfNoImagesHasNoOutputAndGradientsOfZero() {
        for (channels, kernel) in [(3, 3), (3, 1), (40, 3), (40, 1), (40, 5)] {
            let input = Parameter(Tensor.zeros([0, channels, 8, 8]))
            let weight = Parameter(Deterministic.tensor([4, channels, kernel, kernel], seed: 1))
            let bias = Parameter(Tensor.ones([4]))
            let value = conv2d(
                input.tensor, weight: weight.tensor, bias: bias.tensor, padding: Extent(kernel / 2),
                activation: .relu)
            #expect(value.shape == [0, 4, 8, 8])
            value.sum().backward()
            #expect(input.gradient?.shape == [0, channels, 8, 8])
            #expect(weight.gradient?.floats.allSatisfy { $0 == 0 } == true)
            #expect(bias.gradient?.floats == [0, 0, 0, 0])
        }
    }

    @Test func aConvolutionWithoutChannelsIsRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = conv2d(Tensor.zeros([1, 0, 8, 8]), weight: Tensor.zeros([4, 0, 3, 3]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("conv2d: input [1, 0, 8, 8] and weight [4, 0, 3, 3] have a length of 0"))
    }

    @Test func aConvolutionWithoutFiltersIsRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = conv2d(Tensor.zeros([1, 3, 8, 8]), weight: Tensor.zeros([0, 3, 3, 3]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("conv2d: input [1, 3, 8, 8] and weight [0, 3, 3, 3] have a length of 0"))
    }

    @Test func lengthsThatOverflowAreRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = conv2d(
                Tensor.zeros([1, 3, 8, 8]), weight: Tensor.zeros([4, 3, 3, 3]), padding: Extent(.max))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("must be at most 2147483647"))
    }

    @Test func anOutputBeyondAllMemoryIsRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = conv2d(
                Tensor.zeros([1, 3, 8, 8]), weight: Tensor.zeros([4, 3, 3, 3]),
                padding: Extent(Int(Int32.max)))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("more elements than memory has addresses"))
    }

    @Test func aTensorBeyondAllMemoryIsRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([1 << 40, 1 << 40])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            message.contains("no tensor has the shape [1099511627776, 1099511627776]"))
    }

    /// PyTorch's value: one window, at the first pixel.
    @Test func hugeStridesLeaveOneWindow() {
        let far = Extent(Int(Int32.max))
        let image = Deterministic.tensor([1, 1, 4, 4], seed: 1)
        let corner = image[0, 0, 0..<2, 0..<2].sum().item()
        let weight = Tensor.ones([1, 1, 2, 2])
        expectClose(conv2d(image, weight: weight, stride: far), [corner])
        expectClose(avgPool2d(image, kernelSize: 2, stride: far), [corner / 4])
        #expect(maxPool2d(image, kernelSize: 3, stride: far, ceilMode: true).shape == [1, 1, 1, 1])
    }

    /// Windows far apart, of which most look at padding alone: no memory is taken for that.
    @Test func hugePaddingTakesNoMemoryForItself() {
        let far = 1 << 28
        let value = conv2d(
            Tensor.ones([1, 1, 4, 4]), weight: Tensor.ones([1, 1, 2, 2]), stride: Extent(far),
            padding: Extent(far))
        #expect(value.shape == [1, 1, 3, 3])
        #expect(value.floats == [0, 0, 0, 0, 4, 0, 0, 0, 0])
        #expect(
            avgPool2d(Tensor.ones([1, 1, 4, 4]), kernelSize: Extent(2 * far), padding: Extent(far)).shape == [
                1, 1, 1, 1,
            ])
    }

    @Test func aDilatedWindowMayBePaddedByHalfOfItsReach() {
        let value = maxPool2d(Tensor.ones([1, 1, 2, 2]), kernelSize: 2, padding: 1, dilation: 3)
        #expect(value.floats == [-.infinity])
    }

    @Test func poolingOfNoImagesHasNoOutput() {
        let images = Tensor.zeros([0, 3, 8, 8])
        #expect(maxPool2d(images, kernelSize: 2).shape == [0, 3, 4, 4])
        #expect(avgPool2d(images, kernelSize: 2).shape == [0, 3, 4, 4])
        #expect(adaptiveAvgPool2d(images, outputSize: 2).shape == [0, 3, 2, 2])
        let input = Parameter(images)
        (maxPool2d(input.tensor, kernelSize: 2) + avgPool2d(input.tensor, kernelSize: 2)).sum().backward()
        #expect(input.gradient?.shape == images.shape)
    }

    @Test func normalisationWithoutChannelsOrImagesIsEmpty() {
        for shape in [[0, 3, 8, 8], [2, 0, 8, 8], [2, 3, 0, 8]] {
            let x = Tensor.zeros(shape)
            let vector = Tensor.ones([shape[1]])
            #expect(batchNorm2d(x, mean: vector, variance: vector).shape == shape)
            let input = Parameter(x)
            let value = localResponseNorm(input.tensor, size: 5)
            #expect(value.shape == shape)
            value.sum().backward()
            #expect(input.gradient?.shape == shape)
        }
    }

    @Test func rowsWithoutElementsAreEmptyOrZero() {
        #expect(softmax(Tensor.zeros([3, 0])).shape == [3, 0])
        #expect(logSoftmax(Tensor.zeros([0, 3])).shape == [0, 3])
        #expect(
            matmul(Tensor.zeros([3, 0]), Tensor.zeros([0, 4])).floats == [Float](repeating: 0, count: 12))
        #expect(
            linear(Tensor.zeros([3, 0]), weight: Tensor.zeros([4, 0]), bias: Tensor.ones([4])).floats
                == [Float](repeating: 1, count: 12))
        #expect(linear(Tensor.zeros([0, 5]), weight: Tensor.zeros([3, 5])).shape == [0, 3])
        #expect(linear(Tensor.zeros([3, 5]), weight: Tensor.zeros([0, 5])).shape == [3, 0])
        #expect(Tensor.zeros([0]).sum().item() == 0)
        #expect(Tensor.zeros([0, 3]).sum(axes: [0]).floats == [0, 0, 0])
        #expect(Tensor.zeros([3, 0]).top(0).values.shape == [3, 0])
        #expect(
            Tensor.zeros([0, 3]).padded([(1, 1), (1, 1)], value: 2).floats == [Float](repeating: 2, count: 10)
        )
    }
}
