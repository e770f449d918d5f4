// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

private struct Branches: Layer {
    let conv1: Conv2d
    let downSample: Sequential?
    let heads: [Linear]
    let scale = Parameter(Tensor.ones([1]))
    let normalization = BatchNorm2d(4)

    func callAsFunction(_ input: Tensor) -> Tensor { input }
}

@Suite struct ReflectionTests {
    private let layer = Branches(
        conv1: Conv2d(3, 4, kernelSize: 3, bias: false), downSample: [Conv2d(4, 4, kernelSize: 1), ReLU()],
        heads: [Linear(4, 2), Linear(4, 3, bias: false)])

    @Test func propertyPathsAreTheNames() {
        #expect(
            layer.stateDictionary.map(\.name) == [
                "conv1.weight", "down_sample.0.weight", "down_sample.0.bias", "heads.0.weight",
                "heads.0.bias",
                "heads.1.weight", "scale", "normalization.weight", "normalization.bias",
                "normalization.running_mean",
                "normalization.running_var", "normalization.num_batches_tracked",
            ])
    }

    @Test func absentPartsHaveNoNames() {
        let plain = Branches(conv1: Conv2d(3, 4, kernelSize: 3, bias: false), downSample: nil, heads: [])
        #expect(
            plain.namedParameters.map(\.name) == [
                "conv1.weight", "scale", "normalization.weight", "normalization.bias",
            ])
    }

    @Test func aSharedParameterCountsOnce() {
        let linear = Linear(3, 3, bias: false)
        let twice = Sequential(linear, linear)
        #expect(twice.namedParameters.map(\.name) == ["0.weight", "1.weight"])
        #expect(twice.parameters.count == 1)
        #expect(twice.parameterCount == 9)
    }

    @Test(arguments: [
        ("features.*", 2), ("*.bias", 2), ("*", 4), ("features.0.weight", 1), ("*eight", 2), ("feature", 0),
        ("f*0*s", 1),
    ])
    func freezingByPattern(pattern: String, count: Int) {
        let model = Pair()
        #expect(model.freeze(pattern) == count)
        #expect(model.parameters.count { !$0.isTrainable } == count)
        model.unfreeze("*")
        #expect(model.parameters.allSatisfy { $0.isTrainable })
    }

    @Test func frozenParametersGetNoGradient() {
        let model = Pair()
        model.freeze("features.*")
        model(Tensor.ones([1, 1, 4, 4])).sum().backward()
        #expect(model.features.parameters.allSatisfy { $0.gradient == nil })
        #expect(model.head.parameters.allSatisfy { $0.gradient != nil })
    }
}

private struct Pair: Layer {
    let features = Sequential(Conv2d(1, 2, kernelSize: 3), ReLU())
    let head = Linear(8, 2)

    func callAsFunction(_ input: Tensor) -> Tensor { head(features(input).flattened(from: 1)) }
}
