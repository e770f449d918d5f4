// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

/// The algorithms against each other, on shapes that cut their blocks in every way.
@Suite struct ConvolutionAlgorithmTests {
    struct Shape: CustomStringConvertible, Sendable {
        var batch = 1
        var channels: Int
        var outChannels: Int
        var height: Int
        var width: Int
        var padding: Extent = 1

        var description: String {
            "\(batch)×\(channels)×\(height)×\(width) → \(outChannels), padding \(padding)"
        }
    }

    static let shapes = [
        Shape(channels: 1, outChannels: 1, height: 3, width: 3, padding: 0),
        Shape(channels: 1, outChannels: 1, height: 1, width: 1),
        Shape(channels: 3, outChannels: 5, height: 2, width: 3),
        Shape(batch: 2, channels: 17, outChannels: 33, height: 5, width: 7),
        Shape(batch: 3, channels: 32, outChannels: 64, height: 8, width: 8),
        Shape(channels: 40, outChannels: 31, height: 13, width: 9, padding: 0),
        Shape(channels: 16, outChannels: 16, height: 4, width: 30),
        Shape(channels: 7, outChannels: 100, height: 6, width: 6, padding: 2),
        Shape(channels: 9, outChannels: 4, height: 3, width: 2, padding: [3, 4]),
        Shape(batch: 2, channels: 64, outChannels: 48, height: 31, width: 29),
        Shape(batch: 5, channels: 65, outChannels: 130, height: 14, width: 14),
        Shape(batch: 9, channels: 8, outChannels: 8, height: 33, width: 34, padding: [0, 1]),
    ]

    /// The output and the gradients of input, weight and bias.
    private func run(
        _ algorithm: ConvolutionPlan.Algorithm, _ shape: Shape, kernel: Extent = 3, stride: Extent = 1,
        activation: Activation = .relu
    ) -> [String: Tensor] {
        let input = Parameter(
            Deterministic.tensor([shape.batch, shape.channels, shape.height, shape.width], seed: 1))
        let weight = Parameter(
            Deterministic.tensor([shape.outChannels, shape.channels, kernel.height, kernel.width], seed: 2))
        let bias = Parameter(Deterministic.tensor([shape.outChannels], seed: 3))
        return ConvolutionPlan.$forced.withValue(algorithm) {
            let value = conv2d(
                input.tensor, weight: weight.tensor, bias: bias.tensor, stride: stride,
                padding: shape.padding,
                activation: activation)
            value.backward(gradient: Deterministic.tensor(value.shape, seed: 4))
            return [
                "output": value.detached, "input": input.gradient!, "weight": weight.gradient!,
                "bias": bias.gradient!,
            ]
        }
    }

    private func expectSame(_ found: [String: Tensor], _ expected: [String: Tensor], _ tolerance: Double) {
        for (name, tensor) in expected {
            #expect(found[name]!.shape == tensor.shape)
            let difference = Difference(found[name]!.floats, tensor.floats)
            #expect(difference.relativeToLargest < tolerance, "\(name): \(difference)")
        }
    }

    @Test("Winograd gives what im2col gives, in all passes", arguments: shapes, [Activation.identity, .relu])
    func winograd(_ shape: Shape, _ activation: Activation) {
        // A ReLU can fall on either side of 0 by rounding: the masks must be the same for the gradients to
        // be.
        let reference = run(.im2col, shape, activation: activation)
        let near = reference["output"]!.floats.contains { $0 > 0 && $0 < 1e-4 }
        expectSame(run(.winograd, shape, activation: activation), reference, near ? 5e-3 : 5e-5)
    }

    @Test(
        "Gathered patches give what im2col gives, in all passes",
        arguments: [
            (Shape(batch: 2, channels: 3, outChannels: 64, height: 20, width: 17), Extent(3), Extent(1)),
            (
                Shape(batch: 2, channels: 3, outChannels: 40, height: 23, width: 31, padding: 3), Extent(7),
                Extent(2)
            ),
            (
                Shape(channels: 5, outChannels: 33, height: 40, width: 9, padding: [2, 0]), Extent(5, 2),
                Extent(4, 3)
            ),
            (Shape(channels: 1, outChannels: 1, height: 1, width: 1, padding: 0), Extent(1), Extent(1)),
            (Shape(batch: 70, channels: 2, outChannels: 8, height: 3, width: 5), Extent(3), Extent(1)),
        ])
    func fewChannels(_ shape: Shape, _ kernel: Extent, _ stride: Extent) {
        // The input's gradient has its own algorithm where the stride is not 1.
        let algorithm = ConvolutionPlan.Algorithm.fewChannels
        let geometry = ConvolutionGeometry(
            input: [shape.batch, shape.channels, shape.height, shape.width],
            weight: [shape.outChannels, shape.channels, kernel.height, kernel.width], stride: stride,
            padding: shape.padding, dilation: 1, groups: 1)
        guard ConvolutionPlan.supports(algorithm, geometry, .inputGradient) else {
            let input = Deterministic.tensor(
                [shape.batch, shape.channels, shape.height, shape.width], seed: 1)
            let weight = Parameter(
                Deterministic.tensor(
                    [shape.outChannels, shape.channels, kernel.height, kernel.width], seed: 2))
            func gradient(_ algorithm: ConvolutionPlan.Algorithm) -> [String: Tensor] {
                weight.gradient = nil
                return ConvolutionPlan.$forced.withValue(algorithm) {
                    let value = conv2d(input, weight: weight.tensor, stride: stride, padding: shape.padding)
                    value.backward(gradient: Deterministic.tensor(value.shape, seed: 4))
                    return ["output": value.detached, "weight": weight.gradient!]
                }
            }
            expectSame(gradient(algorithm), gradient(.im2col), 5e-6)
            return
        }
        expectSame(
            run(algorithm, shape, kernel: kernel, stride: stride, activation: .identity),
            run(.im2col, shape, kernel: kernel, stride: stride, activation: .identity), 5e-6)
    }

    @Test(
        "Pixels as a matrix give what im2col gives, in all passes",
        arguments: [
            Shape(channels: 1, outChannels: 1, height: 1, width: 1, padding: 0),
            Shape(batch: 3, channels: 17, outChannels: 40, height: 9, width: 31, padding: 0),
            Shape(batch: 2, channels: 64, outChannels: 24, height: 40, width: 33, padding: 0),
        ])
    func pointwise(_ shape: Shape) {
        expectSame(
            run(.pointwise, shape, kernel: 1, activation: .identity),
            run(.im2col, shape, kernel: 1, activation: .identity), 5e-6)
    }

    @Test func oneLayerOf512ChannelsIsCloseToFloat64() {
        let (channels, side) = (512, 14)
        var generator = RandomGenerator(seed: 5)
        let input = Tensor.normal([1, channels, side, side], using: &generator)
        let weight = Tensor.normal([64, channels, 3, 3], using: &generator)
        let output = ConvolutionPlan.$forced.withValue(.winograd) {
            conv2d(input, weight: weight, padding: 1)
        }
        let (x, w, found) = (input.floats, weight.floats, output.floats)
        var worst = 0.0
        var squares = 0.0
        for channel in 0..<64 {
            for row in 0..<side {
                for column in 0..<side {
                    var sum = 0.0
                    for c in 0..<channels {
                        for i in max(0, 1 - row)..<min(3, side + 1 - row) {
                            for j in max(0, 1 - column)..<min(3, side + 1 - column) {
                                let pixel = x[(c * side + row + i - 1) * side + column + j - 1]
                                sum += Double(pixel) * Double(w[((channel * channels + c) * 3 + i) * 3 + j])
                            }
                        }
                    }
                    let value = Double(found[(channel * side + row) * side + column])
                    worst = max(worst, abs(value - sum))
                    squares += sum * sum
                }
            }
        }
        let deviation = (squares / Double(found.count)).squareRoot()
        #expect(worst < 2e-4 * deviation, "off by \(worst / deviation) standard deviations")
    }

    @Test func thePlanNamesItsReason() {
        func plan(_ channels: Int, _ outChannels: Int, _ kernel: Int, _ side: Int, stride: Extent = 1)
            -> ConvolutionPlan
        {
            ConvolutionPlan(
                ConvolutionGeometry(
                    input: [1, channels, side, side], weight: [outChannels, channels, kernel, kernel],
                    stride: stride, padding: Extent(kernel / 2), dilation: 1, groups: 1), .forward)
        }
        withDevice(.cpu) {
            #expect(plan(64, 64, 3, 56).algorithm == .winograd)
            #expect(plan(512, 512, 3, 2).algorithm == .im2col)
            #expect(plan(3, 64, 3, 224).algorithm == .fewChannels)
            #expect(plan(3, 64, 7, 224, stride: 2).algorithm == .fewChannels)
            #expect(plan(64, 64, 1, 56).algorithm == .pointwise)
            #expect(plan(64, 64, 3, 56, stride: 2).algorithm == .im2col)
            #expect(plan(64, 64, 3, 56).description.hasPrefix("winograd: 3×3 filters, stride 1: "))
        }
    }

    /// Docs/Convolution.md says what a value far larger than its neighbours does.
    @Test(arguments: [1e30, .infinity, .nan] as [Float])
    func anOutlierStaysInItsTiles(_ outlier: Float) {
        withDevice(.cpu) { expectOutlierInItsTiles(outlier) }
    }

    private func expectOutlierInItsTiles(_ outlier: Float) {
        let weight = Deterministic.tensor([8, 16, 3, 3], seed: 91)
        var images = Deterministic.tensor([2, 16, 16, 16], seed: 92)
        let plain = ConvolutionPlan.$forced.withValue(.winograd) {
            conv2d(images, weight: weight, padding: 1)
        }
        images[0, 3, 9, 6] = Tensor(outlier)
        let winograd = ConvolutionPlan.$forced.withValue(.winograd) {
            conv2d(images, weight: weight, padding: 1)
        }
        let direct = ConvolutionPlan.$forced.withValue(.im2col) { conv2d(images, weight: weight, padding: 1) }
        // The other image does not know of it, nor do tiles whose 6×6 patches do not reach it.
        #expect(winograd[1].floats == plain[1].floats)
        #expect(winograd[0, ..., 0..<8, 0...].floats == plain[0, ..., 0..<8, 0...].floats)
        #expect(winograd[0, ..., 8...].floats == plain[0, ..., 8...].floats)
        let tile = winograd[0, ..., 8..<12, 4..<8]
        if outlier.isFinite {
            expectClose(Tensor(tile.floats), direct[0, ..., 8..<12, 4..<8].floats, relative: 1e-5)
        } else {
            // Nothing that is no number gets lost.
            #expect(tile.floats.allSatisfy { !$0.isFinite })
        }
    }
}
