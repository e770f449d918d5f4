// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct LocalResponseNormTests {
    let fixture = try! FixtureFile("operations/localresponsenorm")

    @Test("Values and gradients equal PyTorch's", arguments: OperationCase.table("localresponsenorm"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            localResponseNorm(
                inputs["input"]!, size: row.int("size")!, alpha: row.float("alpha")!,
                beta: row.float("beta")!,
                k: row.float("k")!)
        }
    }

    @Test(arguments: [1, 2, 3, 5, 9])
    func gradientsAreFiniteDifferences(size: Int) {
        let x = Deterministic.tensor([1, 5, 2, 3], seed: 60, scale: 2)
        expectGradients(at: [x]) { localResponseNorm($0[0], size: size, alpha: 1.5, beta: 0.75, k: 1) }
    }
}
