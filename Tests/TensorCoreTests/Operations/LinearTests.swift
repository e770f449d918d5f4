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
                activation: row.text("activation") == "relu" ? .relu : .identity)
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let input = Deterministic.tensor([3, 4], seed: 20)
        let weight = Deterministic.tensor([5, 4], seed: 21)
        let bias = Deterministic.tensor([5], seed: 22)
        expectGradients(at: [input, weight, bias]) { linear($0[0], weight: $0[1], bias: $0[2]) }
    }
}
