// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct SqueezeExcitationTests {
    @Test(arguments: [SqueezeExcitation.Gate.sigmoid, .hardsigmoid], [Activation.relu, .silu])
    func channelsAreMultiplied(gate: SqueezeExcitation.Gate, activation: Activation) {
        let layer = SqueezeExcitation(6, squeezed: 3, activation: activation, gate: gate)
        layer.fc1.bias!.value = Deterministic.tensor([3], seed: 2)
        layer.fc2.bias!.value = Deterministic.tensor([6], seed: 3)
        let input = Deterministic.tensor([2, 6, 4, 5], seed: 1)
        let output = layer(input).detached
        let means = input.mean(axes: [2, 3])
        let (w1, w2) = (
            layer.fc1.weight.value.reshaped(to: [3, 6]), layer.fc2.weight.value.reshaped(to: [6, 3])
        )
        let squeezed = activation(linear(means, weight: w1, bias: layer.fc1.bias!.value))
        let excited = linear(squeezed, weight: w2, bias: layer.fc2.bias!.value)
        let scale = gate == .sigmoid ? sigmoid(excited) : hardsigmoid(excited)
        let expected = input * scale.reshaped(to: [2, 6, 1, 1])
        #expect(abs(output - expected).floats.max()! < 1e-6)
        #expect(layer.namedParameters.map(\.name) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
    }
}
