// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

@Suite struct InitializersTests {
    private func moments(_ tensor: Tensor) -> (mean: Double, deviation: Double, largest: Double) {
        let values = tensor.floats.map { Double($0) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance.squareRoot(), values.map { abs($0) }.max()!)
    }

    /// The bounds and deviations that `torch.nn.init` computes for a weight [64, 32, 3, 3]: fan in 288, fan
    /// out 576.
    @Test(
        arguments: [
            (.uniform(from: -0.25, to: 0.25), 0.25, 0.1443376), (.normal(deviation: 0.01), nil, 0.01),
            (.xavierUniform(), 0.08333333, 0.04811252), (.xavierUniform(gain: 2), 0.1666667, 0.09622504),
            (.xavierNormal(), nil, 0.04811252),
            (.kaimingUniform(), 0.1443376, 0.08333333),
            (.kaimingUniform(mode: .fanOut), 0.1020621, 0.05892557),
            (.kaimingUniform(nonlinearity: .tanh), 0.1701035, 0.09820928),
            (.kaimingUniform(nonlinearity: .leakyReLU(slope: 0.2)), 0.1415337, 0.08171451),
            (.kaimingNormal(mode: .fanOut), nil, 0.05892557),
            (.kaimingNormal(nonlinearity: .linear), nil, 0.05892557),
            (.kaimingNormal(nonlinearity: .selu), nil, 0.04419417), (.pyTorchDefault, 0.05892557, 0.03402069),
        ] as [(Initializer, Double?, Double)])
    func spreadIsPyTorchs(initializer: Initializer, bound: Double?, deviation: Double) {
        var generator = RandomGenerator(seed: 3)
        let (mean, found, largest) = moments(initializer([64, 32, 3, 3], using: &generator))
        #expect(abs(mean) < 0.03 * deviation)
        #expect(abs(found - deviation) < 0.02 * deviation)
        if let bound { #expect(largest <= bound * 1.00001 && largest > 0.999 * bound) }
    }

    @Test func fansCountTheFieldOfConvolutions() {
        #expect(Initializer.fans([10, 4]) == (4, 10))
        #expect(Initializer.fans([8, 3, 5, 7]) == (105, 280))
    }

    @Test func biasesLieWithinTheFanIn() {
        var generator = RandomGenerator(seed: 3)
        let bias = Initializer.pyTorchBias(weightShape: [1000, 4, 2, 2], using: &generator)
        #expect(bias.shape == [1000])
        let largest = moments(bias).largest
        #expect(largest <= 0.25 && largest > 0.245)
    }

    @Test func numbersAreTheGeneratorsInRowMajorOrder() {
        var generator = RandomGenerator(seed: 9, stream: 4, position: 3)
        var reference = generator
        let weight = Initializer.kaimingNormal()([40, 30, 3, 3], using: &generator)
        #expect(weight.strides == [270, 1, 90, 30])
        let deviation = Float(2).squareRoot() / Float(270).squareRoot()
        #expect(weight.floats == (0..<10800).map { _ in deviation * reference.normal() })
        #expect(generator == reference)
        let uniform = Initializer.uniform(from: -1, to: 3)([5], using: &generator)
        #expect(uniform.floats == (0..<5).map { _ in -1 + 4 * reference.uniform() })
        #expect(generator.nextWord() == reference.nextWord())
    }

    @Test func constantsAreConstant() {
        var generator = RandomGenerator(seed: 0)
        #expect(Initializer.constant(0.5)([3], using: &generator).floats == [0.5, 0.5, 0.5])
        #expect(generator.position == 0)
    }
}
