// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct BatchNorm2dTests {
    /// With given statistics the gradient does not depend on the input, be that infinite.
    @Test(arguments: [Activation.identity, .relu])
    func theGradientOfGivenStatisticsIsTheScale(activation: Activation) {
        let input = Parameter(Tensor([.infinity, 2, .nan, 4] as [Float], shape: [1, 1, 2, 2]))
        batchNorm2d(
            input.tensor, mean: Tensor([1] as [Float]), variance: Tensor([4] as [Float]),
            weight: Tensor([6] as [Float]), epsilon: 0,
            activation: activation
        ).sum().backward()
        #expect(input.gradient!.floats == [3, 3, 3, 3])
    }

    let fixture = try! FixtureFile("operations/batchnorm2d")

    @Test("Values, statistics and gradients equal PyTorch's", arguments: OperationCase.table("batchnorm2d"))
    func matchesPyTorch(_ row: OperationCase) {
        let epsilon = row.float("epsilon") ?? 1e-5
        let momentum = row.float("momentum") ?? 0.1
        let activation = row.text("activation").map { Activation(rawValue: $0)! } ?? .identity
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

    /// Values and input gradient of a normalisation, in float64 from the same float32 numbers.
    private func reference(_ x: Tensor, _ gradient: Tensor, channel: Int) -> (
        value: [Float], gradient: [Float]
    ) {
        let values = x[WholeAxis.all, channel].floats.map(Double.init)
        let gradients = gradient[WholeAxis.all, channel].floats.map(Double.init)
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let inverse = 1 / (variance + Double(Float(1e-5))).squareRoot()
        let normalized = values.map { ($0 - mean) * inverse }
        let sum = gradients.reduce(0, +) / count
        let product = zip(gradients, normalized).reduce(0) { $0 + $1.0 * $1.1 } / count
        return (
            normalized.map { Float($0) },
            zip(gradients, normalized).map { Float(inverse * ($0 - sum - $1 * product)) }
        )
    }

    @Test("Means of any size against the deviation", arguments: [30, 300, 3000, 30000, 1e6] as [Float])
    func aMeanOfAnySizeLeavesEveryDigit(_ mean: Float) {
        let x = Deterministic.tensor([4, 3, 32, 32], seed: 54) + mean
        let gradient = Deterministic.tensor([4, 3, 32, 32], seed: 55)
        let input = Parameter(x)
        let (value, batchMean, variance) = batchNorm2d(input.tensor)
        value.backward(gradient: gradient)
        for channel in 0..<3 {
            let expected = reference(x, gradient, channel: channel)
            expectClose(
                Tensor(value[WholeAxis.all, channel].floats), expected.value, "value, channel \(channel)")
            expectClose(
                Tensor(input.gradient![WholeAxis.all, channel].floats), expected.gradient,
                "gradient, channel \(channel)")
            let own = Tensor(x[WholeAxis.all, channel].floats)
            expectClose(batchMean[channel], own.mean().floats, relative: 2e-7)
            expectClose(variance[channel], own.variance(unbiased: false).floats, relative: 1e-5)
        }
    }

    @Test func anOutlierInTheCornerSpoilsNothing() {
        var x = Deterministic.tensor([4, 2, 64, 64], seed: 56) + 1000
        x[0, WholeAxis.all, 0, 0] = 0
        let gradient = Deterministic.tensor([4, 2, 64, 64], seed: 57)
        let value = batchNorm2d(x).value
        for channel in 0..<2 {
            let expected = reference(x, gradient, channel: channel)
            expectClose(Tensor(value[WholeAxis.all, channel].floats), expected.value, "channel \(channel)")
        }
    }
}
