// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct Conv2dTests {
    let fixture = try! FixtureFile("operations/conv2d")

    @Test("Values and all gradients equal PyTorch's", arguments: OperationCase.table("conv2d"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture, relative: 1e-4) { inputs in
            conv2d(
                inputs["input"]!, weight: inputs["weight"]!, bias: inputs["bias"],
                stride: row.extent("stride") ?? 1, padding: row.extent("padding") ?? 0,
                dilation: row.extent("dilation") ?? 1, groups: row.int("groups") ?? 1,
                activation: row.text("activation").map { Activation(rawValue: $0)! } ?? .identity)
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let input = Deterministic.tensor([2, 4, 5, 4], seed: 10)
        let weight = Deterministic.tensor([6, 2, 3, 2], seed: 11)
        let bias = Deterministic.tensor([6], seed: 12)
        expectGradients(at: [input, weight, bias], step: 0.05) {
            conv2d(
                $0[0], weight: $0[1], bias: $0[2], stride: [2, 1], padding: [1, 2], dilation: [1, 2],
                groups: 2)
        }
    }

    @Test func onlyTheGradientsThatAreNeededAreComputed() {
        let weight = Parameter(Deterministic.tensor([3, 2, 3, 3], seed: 13))
        let bias = Parameter(Tensor.zeros([3]))
        bias.isTrainable = false
        let images = Deterministic.tensor([1, 2, 5, 5], seed: 14)
        conv2d(images, weight: weight.tensor, bias: bias.tensor, padding: 1).sum().backward()
        #expect(weight.gradient != nil)
        #expect(bias.gradient == nil)
        let frozen = Parameter(weight.value)
        frozen.isTrainable = false
        #expect(!conv2d(images, weight: frozen.tensor, bias: bias.tensor).isRecorded)
    }

    @Test func anEmptyBatchGivesAnEmptyResult() {
        let weight = Deterministic.tensor([3, 2, 3, 3], seed: 15)
        #expect(conv2d(Tensor.zeros([0, 2, 5, 5]), weight: weight, padding: 1).shape == [0, 3, 5, 5])
    }

    @Test func theSameCallGivesTheSameBits() {
        let input = Parameter(Deterministic.tensor([3, 16, 19, 17], seed: 16))
        let weight = Parameter(Deterministic.tensor([24, 16, 3, 3], seed: 17))
        func run() -> [[Float]] {
            input.gradient = nil
            weight.gradient = nil
            let value = conv2d(input.tensor, weight: weight.tensor, padding: 1)
            value.sum().backward()
            return [value.floats, input.gradient!.floats, weight.gradient!.floats]
        }
        let first = run()
        for _ in 0..<3 { #expect(run() == first) }
    }

    @Test func aWrongChannelCountTrapsWithTheShapes() async {
        await #expect(processExitsWith: .failure) {
            _ = conv2d(Tensor.zeros([1, 3, 8, 8]), weight: Tensor.zeros([4, 2, 3, 3]))
        }
    }
}
