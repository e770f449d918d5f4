// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Convolution and batch normalisation as one pass at inference.
@Suite struct Conv2dNormActivationTests {
    /// With statistics as after training.
    private func trained(_ normalization: BatchNorm2d, seed: UInt64) {
        let count = normalization.runningMean.value.count
        normalization.runningMean.value = Deterministic.tensor([count], seed: seed)
        normalization.runningVar.value = abs(Deterministic.tensor([count], seed: seed + 1)) + 0.5
        normalization.weight!.value = Deterministic.tensor([count], seed: seed + 2) + 1.5
        normalization.bias!.value = Deterministic.tensor([count], seed: seed + 3)
    }

    private func expectClose(_ a: Tensor, _ b: Tensor) {
        let largest = abs(b).floats.max()!
        #expect(a.shape == b.shape && abs(a - b).floats.max()! < 1e-5 * largest)
    }

    @Test(arguments: [1, 3, 5], [Activation.identity, .relu, .relu6, .hardswish, .silu])
    func theFoldedPassHasTheValuesOfTheTwo(kernel: Int, activation: Activation) {
        expectFolded(
            Conv2dNormActivation(
                8, 12, kernelSize: Extent(kernel), stride: kernel == 5 ? 2 : 1, activation: activation))
    }

    @Test(arguments: [3, 5], [Activation.identity, .relu6, .hardswish])
    func theFoldedDepthwisePassHasTheValuesOfTheTwo(kernel: Int, activation: Activation) {
        expectFolded(
            Conv2dNormActivation(
                8, 8, kernelSize: Extent(kernel), stride: kernel == 5 ? 2 : 1, groups: 8,
                activation: activation))
    }

    private func expectFolded(_ layer: Conv2dNormActivation) {
        trained(layer.normalization, seed: 10)
        let images = Deterministic.tensor([2, 8, 13, 15], seed: 1)
        let expected = withoutRecording {
            layer.activation(layer.normalization(layer.convolution(images)))
        }
        for _ in 0..<3 { expectClose(withoutRecording { layer(images) }, expected) }
        #expect(layer.convolution.holdsPreparedFilters)
        // Where gradients are wanted nothing is folded, and the values are the same.
        expectClose(layer(images).detached, expected)
        #expect(layer(images).isRecorded)
    }

    @Test func trainingUsesTheBatch() {
        let layer = Conv2dNormActivation(3, 4, kernelSize: 3)
        let before = layer.normalization.runningMean.value.floats
        let images = Deterministic.tensor([4, 3, 6, 6], seed: 2)
        let value = withPhase(.training) { withoutRecording { layer(images) } }
        #expect(layer.normalization.runningMean.value.floats != before)
        expectClose(
            value,
            withoutRecording { batchNorm2d(layer.convolution(images), activation: .relu).value })
    }

    @Test func theNamesAreTheNetworks() {
        let plain = Conv2dNormActivation(3, 4, kernelSize: 1)
        #expect(plain.namedParameters.map(\.name) == ["0.weight", "1.weight", "1.bias"])
        let named = Conv2dNormActivation(3, 4, kernelSize: 1, names: ("conv", "bn"))
        #expect(
            named.stateDictionary.map(\.name) == [
                "conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
                "bn.num_batches_tracked",
            ])
    }

    /// The blocks of ResNets fold theirs, and an observer still sees each layer with what it made.
    @Test func residualBlocksFold() throws {
        for block in [BasicBlock(8, width: 8, stride: 1) as any Layer, Bottleneck(8, width: 4, stride: 2)] {
            for (index, layer) in block.layerNames.filter({ $0.hasPrefix("bn") }).enumerated() {
                let found = Mirror(reflecting: block).children.first { $0.label == layer }!.value
                trained(found as! BatchNorm2d, seed: UInt64(20 * index))
            }
            let images = Deterministic.tensor([2, 8, 9, 9], seed: 3)
            let folded = (0..<2).map { _ in withoutRecording { block(images) } }
            let convolutions = Mirror(reflecting: block).children.compactMap { $0.value as? Conv2d }
            #expect(convolutions.allSatisfy { $0.holdsPreparedFilters })
            expectClose(folded[1], block(images).detached)
            let rows = block.summary(inputShape: [1, 8, 9, 9]).rows
            #expect(rows.map(\.name).filter { $0.hasPrefix("bn") }.count == convolutions.count)
        }
    }
}
