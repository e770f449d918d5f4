// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Serialized: one test changes a setting of all layers.
@Suite(.serialized) struct InferenceTests {
    private func images(_ shape: [Int]) -> Tensor { Deterministic.tensor(shape, seed: 60) }

    /// Normalisation with statistics that are not those of a new layer.
    private func normalization(_ channels: Int) -> BatchNorm2d {
        let layer = BatchNorm2d(channels)
        layer.weight!.value = Deterministic.tensor([channels], seed: 61)
        layer.bias!.value = Deterministic.tensor([channels], seed: 62)
        layer.runningMean.value = Deterministic.tensor([channels], seed: 63)
        layer.runningVar.value = Deterministic.tensor([channels], seed: 64, scale: 0.4, shift: 0.5)
        return layer
    }

    @Test(
        "A convolution with what follows it gives what the layers give one by one",
        arguments: [[2, 3, 17, 22], [1, 24, 13, 8], [3, 40, 16, 16]], [true, false])
    func fused(_ shape: [Int], _ hasBias: Bool) {
        let convolution = Conv2d(shape[1], 37, kernelSize: 3, padding: 1, bias: hasBias)
        let tails: [[any Layer]] = [
            [], [ReLU()], [MaxPool2d(kernelSize: 2)], [ReLU(), MaxPool2d(kernelSize: 2)],
            [normalization(37), ReLU(), MaxPool2d(kernelSize: 2), Flatten()],
            [normalization(37)], [normalization(37), MaxPool2d(kernelSize: 3, stride: 2)],
            [ReLU(), MaxPool2d(kernelSize: 2, ceilMode: true)],
        ]
        for tail in tails {
            let layers = [convolution] + tail
            let fused = withoutRecording { Sequential(layers)(images(shape)) }
            let separate = layers.reduce(images(shape)) { $1($0) }
            #expect(fused.shape == separate.shape)
            expectClose(fused, separate.floats, relative: 2e-5)
        }
    }

    @Test func preparedFiltersFollowTheParameters() {
        let layers = Sequential(Conv2d(16, 24, kernelSize: 3, padding: 1), normalization(24), ReLU())
        let x = images([1, 16, 12, 12])
        func result() -> [Float] { withoutRecording { layers(x).floats } }
        func separate() -> [Float] { layers.layers.reduce(x) { $1($0) }.floats }
        let convolution = layers[0] as! Conv2d
        let normalization = layers[1] as! BatchNorm2d
        let changes: [() -> Void] = [
            {},
            { convolution.weight.value = convolution.weight.value * 2 },
            { convolution.bias!.value = convolution.bias!.value + 1 },
            { normalization.weight!.value = normalization.weight!.value + 0.5 },
            { normalization.bias!.value = normalization.bias!.value - 0.25 },
            { normalization.runningMean.value = normalization.runningMean.value * 3 },
            { normalization.runningVar.value = normalization.runningVar.value + 0.1 },
            {
                convolution.weight.gradient = Tensor.ones(convolution.weight.shape)
                SGD(convolution.parameters, learningRate: 0.01).step()
            },
        ]
        var before: [Float] = []
        for change in changes {
            change()
            let now = result()
            #expect(now != before)
            expectClose(Tensor(now), separate(), relative: 2e-5)
            for _ in 0..<2 { #expect(result() == now) }
            before = now
        }
    }

    @Test func filtersAreKeptFromTheSecondCallOnUntilTraining() {
        let convolution = Conv2d(16, 24, kernelSize: 3, padding: 1)
        let x = images([1, 16, 12, 12])
        for expected in [false, true, true] {
            _ = withoutRecording { convolution(x) }
            #expect(convolution.holdsPreparedFilters == expected)
        }
        _ = withPhase(.training) { convolution(x) }
        #expect(!convolution.holdsPreparedFilters)
    }

    @Test func onesThatAreNotKeptGiveTheSame() {
        let convolution = Conv2d(16, 24, kernelSize: 3, padding: 1)
        let x = images([1, 16, 12, 12])
        let kept = withoutRecording { convolution(x).floats }
        Conv2d.keepsTransformedFilters = false
        defer { Conv2d.keepsTransformedFilters = true }
        let fresh = Conv2d(16, 24, kernelSize: 3, padding: 1)
        fresh.weight.value = convolution.weight.value
        fresh.bias!.value = convolution.bias!.value
        for _ in 0..<3 { #expect(withoutRecording { fresh(x).floats } == kept) }
        #expect(!fresh.holdsPreparedFilters)
    }
}
