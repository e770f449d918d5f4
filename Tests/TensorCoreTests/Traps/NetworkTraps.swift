// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport

private let images = Tensor.zeros([2, 4, 6, 6])
private let labels = Tensor.zeros([2], .int32)
private let wantsFloats = "takes float32 elements, these are uint8; convert with to(.float32)"

private func conv(
    _ weight: [Int], stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1, groups: Int = 1,
    file: StaticString = #fileID, line: UInt = #line
) {
    _ = conv2d(
        images, weight: Tensor.zeros(weight), stride: stride, padding: padding, dilation: dilation,
        groups: groups, file: file, line: line)
}

let networkTraps: [Trap] = [
    Trap("conv2d: weight [64, 3, 3, 3] expects 3 input channels, the input [8, 1, 32, 32] has 1") {
        _ = conv2d(Tensor.zeros([8, 1, 32, 32]), weight: Tensor.zeros([64, 3, 3, 3]))
    },
    Trap("conv2d: weight [4, 3, 3, 3] with 2 groups expects 6 input channels, the input [2, 4, 6, 6] has 4") {
        conv([4, 3, 3, 3], groups: 2)
    },
    Trap("conv2d: weight [3, 2, 3, 3] has 3 output channels, which do not make 2 groups") {
        conv([3, 2, 3, 3], groups: 2)
    },
    Trap("conv2d: weight [3, 4, 3, 3] has 3 output channels, which do not make 0 groups") {
        conv([3, 4, 3, 3], groups: 0)
    },
    Trap("conv2d: takes input [N, C, H, W] and weight [O, C / groups, kH, kW], not [2, 4, 6, 6] and [4, 3]") {
        conv([4, 3])
    },
    Trap("conv2d: stride 0 and dilation 1 must be positive, padding 0 0 or more") {
        conv([4, 4, 3, 3], stride: 0)
    },
    Trap(
        "conv2d: a kernel of 7 with dilation 1 is larger than the input's 6 pixels with padding 0"
    ) {
        conv([4, 4, 7, 7])
    },
    Trap("conv2d: bias [3] should have one element for each of 5 output channels") {
        _ = conv2d(images, weight: Tensor.zeros([5, 4, 3, 3]), bias: Tensor.zeros([3]))
    },
    Trap("conv2d: \(wantsFloats)") {
        _ = conv2d(Tensor.zeros([1, 3, 8, 8], .uint8), weight: Tensor.zeros([4, 3, 3, 3]))
    },
    Trap("conv2d: input [2, 0, 6, 6] and weight [4, 0, 3, 3] have a length of 0; only the batch's may be") {
        _ = conv2d(Tensor.zeros([2, 0, 6, 6]), weight: Tensor.zeros([4, 0, 3, 3]))
    },
    Trap(
        "conv2d: input [2, 4, 6, 6], weight [4, 4, 3, 3], stride 9223372036854775807, padding 0, dilation 1 and groups 1 must be at most 2147483647"
    ) {
        conv([4, 4, 3, 3], stride: Extent(.max))
    },
    Trap(
        "conv2d: the output [2, 1073741824, 2147483654, 2147483654] has more elements than memory has addresses"
    ) {
        let weight = Tensor(0).broadcast(to: [1 << 30, 4, 1, 1])
        _ = conv2d(images, weight: weight, padding: Extent(1 << 30))
    },
    Trap("linear: takes input […, 3] for weight [5, 3], not [2, 4]") {
        _ = linear(Tensor.zeros([2, 4]), weight: Tensor.zeros([5, 3]))
    },
    Trap("linear: bias [3] should have one element for each of 5 outputs") {
        _ = linear(Tensor.zeros([2, 4]), weight: Tensor.zeros([5, 4]), bias: Tensor.zeros([3]))
    },
    Trap("linear: \(wantsFloats)") {
        _ = linear(Tensor.zeros([2, 4], .uint8), weight: Tensor.zeros([5, 4]))
    },
    Trap("matmul: takes […, M, K] and […, K, N], not [2, 3] and [2, 3]") {
        _ = matmul(Tensor.zeros([2, 3]), Tensor.zeros([2, 3]))
    },
    Trap("matmul: \(wantsFloats)") { _ = matmul(Tensor.zeros([2, 3], .uint8), Tensor.zeros([3, 2])) },
    Trap("maxPool2d: takes images [N, C, H, W] of one pixel or more, not [4, 6, 6]") {
        _ = maxPool2d(Tensor.zeros([4, 6, 6]), kernelSize: 2)
    },
    Trap("maxPool2d: \(wantsFloats)") { _ = maxPool2d(Tensor.zeros([1, 4, 6, 6], .uint8), kernelSize: 2) },
    Trap("maxPool2d: windows of 300 have more than 65536 pixels") { _ = maxPool2d(images, kernelSize: 300) },
    Trap("maxPool2d: a window of 7 is larger than the 6 pixels with padding 0") {
        _ = maxPool2d(images, kernelSize: 7)
    },
    Trap(
        "maxPool2d: kernel 2, stride 9223372036854775807, dilation 1 and padding 0 must be at most 2147483647"
    ) {
        _ = maxPool2d(images, kernelSize: 2, stride: Extent(.max))
    },
    Trap(
        "maxPool2d: kernel 2, stride 0 and dilation 1 must be positive, padding 0 at most half of the window"
    ) {
        _ = maxPool2d(images, kernelSize: 2, stride: 0)
    },
    Trap(
        "avgPool2d: kernel 2, stride 2 and dilation 1 must be positive, padding 2 at most half of the window"
    ) {
        _ = avgPool2d(images, kernelSize: 2, padding: 2)
    },
    Trap("avgPool2d: takes images [N, C, H, W] of one pixel or more, not [6, 6]") {
        _ = avgPool2d(Tensor.zeros([6, 6]), kernelSize: 2)
    },
    Trap("adaptiveAvgPool2d: output size 0 must be positive, and its images fit into memory") {
        _ = adaptiveAvgPool2d(images, outputSize: 0)
    },
    Trap("adaptiveAvgPool2d: takes images [N, C, H, W] of one pixel or more, not [2, 4, 0, 6]") {
        _ = adaptiveAvgPool2d(Tensor.zeros([2, 4, 0, 6]), outputSize: 1)
    },
    Trap("batchNorm2d: takes images [N, C, H, W], not [2, 4]") { _ = batchNorm2d(Tensor.zeros([2, 4])) },
    Trap("batchNorm2d: training needs channels of more than one value; input [1, 4, 1, 1] has not") {
        _ = batchNorm2d(Tensor.zeros([1, 4, 1, 1]))
    },
    Trap("batchNorm2d: input [2, 4, 6, 6] takes vectors of 4 elements, not [3]") {
        _ = batchNorm2d(images, weight: Tensor.zeros([3]))
    },
    Trap("batchNorm2d: input [2, 4, 6, 6] takes vectors of 4 elements, not [5]") {
        _ = batchNorm2d(images, mean: Tensor.zeros([5]), variance: Tensor.zeros([4]))
    },
    Trap("batchNorm2d: \(wantsFloats)") { _ = batchNorm2d(images, weight: Tensor.zeros([4], .uint8)) },
    Trap("localResponseNorm: takes images [N, C, H, W] and a positive size, not [2, 4, 6, 6] and size 0") {
        _ = localResponseNorm(images, size: 0)
    },
    Trap("localResponseNorm: \(wantsFloats)") {
        _ = localResponseNorm(Tensor.zeros([1, 4, 6, 6], .uint8), size: 2)
    },
    Trap("dropout: rate 1.5 is not a probability") {
        _ = dropout(images, rate: 1.5, using: RandomGenerator(seed: 1))
    },
    Trap("dropout: \(wantsFloats)") {
        _ = dropout(Tensor.zeros([4], .uint8), rate: 0.5, using: RandomGenerator(seed: 1))
    },
    Trap("crossEntropy: takes logits [N, C, …] and labels [N, …], not [2] and [2]") {
        _ = crossEntropy(Tensor.zeros([2]), labels)
    },
    Trap("crossEntropy: label 7 is neither in 0..<5 nor the ignored -100") {
        _ = crossEntropy(Tensor.zeros([2, 5]), Tensor([0, 7] as [Int32]))
    },
    Trap("crossEntropy: label 9 is neither in 0..<5 nor the ignored -100") {
        _ = crossEntropy(Tensor.zeros([1, 5, 2]), Tensor([0, 9] as [Int32], shape: [1, 2]))
    },
    Trap("crossEntropy: label smoothing 2.0 is not in 0...1") {
        _ = crossEntropy(Tensor.zeros([2, 5]), labels, labelSmoothing: 2)
    },
    Trap("crossEntropy: weights [4] should have one element for each of 5 classes") {
        _ = crossEntropy(Tensor.zeros([2, 5]), labels, weights: Tensor.zeros([4]))
    },
    Trap("crossEntropy: takes int32 elements, these are float32; convert with to(.int32)") {
        _ = crossEntropy(Tensor.zeros([2, 5]), Tensor.zeros([2]))
    },
    Trap("crossEntropy: \(wantsFloats)") { _ = crossEntropy(Tensor.zeros([2, 5], .uint8), labels) },
    Trap("crossEntropy: takes logits and probabilities [N, C], not [2, 5] and [2, 4]") {
        _ = crossEntropy(Tensor.zeros([2, 5]), probabilities: Tensor.zeros([2, 4]))
    },
    Trap("meanSquaredError: prediction [2, 1] and target [2] differ in shape") {
        _ = meanSquaredError(Tensor.zeros([2, 1]), Tensor.zeros([2]))
    },
    Trap("meanSquaredError: \(wantsFloats)") {
        _ = meanSquaredError(Tensor.zeros([2], .uint8), Tensor.zeros([2], .uint8))
    },
    Trap("Initializer: uniform from 1.0 to 0.0 is no range") {
        var generator = RandomGenerator(seed: 1)
        _ = Initializer.uniform(from: 1, to: 0)([2, 2], using: &generator)
    },
    Trap("Initializer: deviation -1.0 must be 0 or more") {
        var generator = RandomGenerator(seed: 1)
        _ = Initializer.normal(deviation: -1)([2, 2], using: &generator)
    },
    Trap("Initializer: fans are those of a weight [O, I, …] of positive lengths, not of shape [2]") {
        var generator = RandomGenerator(seed: 1)
        _ = Initializer.xavierUniform()([2], using: &generator)
    },
    Trap("Initializer: fans are those of a weight [O, I, …] of positive lengths, not of shape [0, 2]") {
        var generator = RandomGenerator(seed: 1)
        _ = Initializer.pyTorchBias(weightShape: [0, 2], using: &generator)
    },
    Trap(
        "Initializer: no tensor has the shape [-1]; lengths are 0 or more, and their product below 2⁶⁰"
    ) {
        var generator = RandomGenerator(seed: 1)
        _ = Initializer.constant(0)([-1], using: &generator)
    },
]
