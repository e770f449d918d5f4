// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct SequentialTests {
    /// What the kernels fuse must equal the layers one by one, in value and gradient.
    @Test(arguments: [Phase.training, .inference])
    func fusedCallsEqualSeparateOnes(phase: Phase) {
        let layers: [any Layer] = [
            Conv2d(3, 5, kernelSize: 3, padding: 1), ReLU(), Conv2d(5, 4, kernelSize: 3), BatchNorm2d(4),
            ReLU(),
            Flatten(), Linear(64, 7), ReLU(), Linear(7, 2),
        ]
        var generator = RandomGenerator(seed: 3)
        let x = Tensor.normal([2, 3, 6, 6], using: &generator)
        let model = Sequential(layers)
        let (fused, fusedGradients) = withPhase(phase) { result(of: model, on: x) }
        let (separate, separateGradients) = withPhase(phase) {
            result(of: OneByOne(layers: layers), on: x)
        }
        expectClose(fused, separate.floats, relative: 1e-5)
        for (a, b) in zip(fusedGradients, separateGradients) { expectClose(a, b.floats, relative: 1e-4) }
    }

    private func result(of model: some Layer, on x: Tensor) -> (Tensor, [Tensor]) {
        model.zeroGradients()
        let value = model(x)
        value.sum().backward()
        return (value.detached, model.parameters.map { $0.gradient! })
    }
}

private struct OneByOne: Layer {
    let layers: [any Layer]
    func callAsFunction(_ input: Tensor) -> Tensor { layers.reduce(input) { $1($0) } }
}
