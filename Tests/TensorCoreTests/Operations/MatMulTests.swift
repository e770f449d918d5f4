// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct MatMulTests {
    let fixture = try! FixtureFile("operations/matmul")

    @Test(
        "Products of matrices, and of batches of them, equal PyTorch's",
        arguments: OperationCase.table("matmul"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { matmul($0["a"]!, $0["b"]!) }
    }

    @Test func gradientsAreFiniteDifferences() {
        let a = Deterministic.tensor([2, 3, 4], seed: 4)
        let b = Deterministic.tensor([4, 2], seed: 5)
        expectGradients(at: [a, b]) { matmul($0[0], $0[1]) }
    }

    @Test func transposedFactorsNeedNoCopy() {
        let a = Deterministic.tensor([5, 3], seed: 6)
        let b = Deterministic.tensor([4, 5], seed: 7)
        let direct = matmul(a.transposed(), b.transposed())
        let swapped = matmul(b, a).transposed()
        expectClose(direct, swapped.floats)
    }

    @Test func anEmptyInnerAxisGivesZeros() {
        #expect(matmul(Tensor.zeros([2, 0]), Tensor.zeros([0, 3])).floats == [0, 0, 0, 0, 0, 0])
    }
}
