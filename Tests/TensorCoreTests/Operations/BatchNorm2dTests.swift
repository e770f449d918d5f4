// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct BatchNorm2dTests {
    let fixture = try! FixtureFile("operations/batchnorm2d")

    @Test("Values, statistics and gradients equal PyTorch's", arguments: OperationCase.table("batchnorm2d"))
    func matchesPyTorch(_ row: OperationCase) {
        let epsilon = row.float("epsilon") ?? 1e-5
        let momentum = row.float("momentum") ?? 0.1
        let activation: Activation = row.text("activation") == "relu" ? .relu : .identity
        row.expectPyTorch(
            fixture,
            named: { inputs in
                let x = inputs["input"]!
                var (mean, variance) = (inputs["runningMean"]!, inputs["runningVariance"]!)
                guard row.flag("training")! else {
                    let output = batchNorm2d(
                        x, mean: mean, variance: variance, weight: inputs["weight"], bias: inputs["bias"],
                        epsilon: epsilon, activation: activation)
                    return ["output": output, "runningMean": mean, "runningVariance": variance]
                }
                let result = batchNorm2d(
                    x, weight: inputs["weight"], bias: inputs["bias"], epsilon: epsilon,
                    activation: activation)
                let number = Float(x.count / x.shape[1])
                mean = (1 - momentum) * mean + momentum * result.mean
                variance = (1 - momentum) * variance + momentum * number / (number - 1) * result.variance
                return ["output": result.value, "runningMean": mean, "runningVariance": variance]
            })
    }

    @Test func gradientsAreFiniteDifferences() {
        let x = Deterministic.tensor([2, 2, 3, 2], seed: 50, scale: 2)
        let weight = Deterministic.tensor([2], seed: 51)
        let bias = Deterministic.tensor([2], seed: 52)
        expectGradients("training", at: [x, weight, bias]) {
            batchNorm2d($0[0], weight: $0[1], bias: $0[2]).value
        }
        let (mean, variance) = (Tensor([0.1, -0.2] as [Float]), Tensor([0.5, 2] as [Float]))
        expectGradients("inference", at: [x, weight, bias]) {
            batchNorm2d($0[0], mean: mean, variance: variance, weight: $0[1], bias: $0[2])
        }
    }

    @Test func aLargeMeanLeavesTheSpread() {
        let spread = Deterministic.tensor([4, 3, 8, 8], seed: 53)
        let plain = batchNorm2d(spread).value
        let shifted = batchNorm2d(spread + 1024).value
        expectClose(shifted, plain.floats, relative: 1e-3)
    }
}
