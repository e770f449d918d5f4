// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct LinearTests {
    let fixture = try! FixtureFile("operations/linear")

    @Test("Values and all gradients equal PyTorch's", arguments: OperationCase.table("linear"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            linear(
                inputs["input"]!, weight: inputs["weight"]!, bias: inputs["bias"],
                activation: row.text("activation").map { Activation(rawValue: $0)! } ?? .identity)
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let input = Deterministic.tensor([3, 4], seed: 20)
        let weight = Deterministic.tensor([5, 4], seed: 21)
        let bias = Deterministic.tensor([5], seed: 22)
        expectGradients(at: [input, weight, bias]) { linear($0[0], weight: $0[1], bias: $0[2]) }
    }

    @Test(
        "Few rows give what a matrix product gives", arguments: [1, 2, 3, 5, 16, 24, 25],
        [(1, 1), (5, 7), (130, 3000), (37, 1040)])
    func fewRows(_ batch: Int, _ size: (outputs: Int, inputs: Int)) {
        let input = Deterministic.tensor([batch, size.inputs], seed: 23)
        let weight = Deterministic.tensor([size.outputs, size.inputs], seed: 24)
        expectClose(
            linear(input, weight: weight), matmul(input, weight.transposed()).floats, relative: 1e-5)
    }
}
