// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct SoftmaxTests {
    let fixture = try! FixtureFile("operations/softmax")

    @Test("Values and gradients along any axis equal PyTorch's", arguments: OperationCase.table("softmax"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            let axis = row.int("axis")!
            return row.operation == "softmax"
                ? softmax(inputs["input"]!, axis: axis) : logSoftmax(inputs["input"]!, axis: axis)
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let x = Deterministic.tensor([2, 3, 4], seed: 40, scale: 2)
        for axis in 0..<3 {
            expectGradients("softmax", at: [x]) { softmax($0[0], axis: axis) }
            expectGradients("logSoftmax", at: [x]) { logSoftmax($0[0], axis: axis) }
        }
    }

    @Test func aMaskedLogitGetsNoProbability() {
        let x = Tensor([1, -.infinity, 1] as [Float])
        #expect(softmax(x).floats == [0.5, 0, 0.5])
    }
}
