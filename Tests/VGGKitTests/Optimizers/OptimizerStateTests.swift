// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// What an optimizer keeps between steps, and how it goes on from it.
@Suite struct OptimizerStateTests {
    enum Kind: CaseIterable, Sendable {
        case sgd, plainSGD, adam, adamW

        func make(_ parameters: [Parameter]) -> any Optimizer {
            switch self {
            case .sgd: SGD(parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true)
            case .plainSGD: SGD(parameters, learningRate: 0.1)
            case .adam: Adam(parameters, learningRate: 0.1, weightDecay: 0.01)
            case .adamW: AdamW(parameters, learningRate: 0.1)
            }
        }
    }

    private static let shapes = [[4, 3, 3, 3], [4], [2, 5]]

    private func parameters() -> [(name: String, parameter: Parameter)] {
        Self.shapes.enumerated().map { index, shape in
            let value = Deterministic.tensor(shape, seed: UInt64(index))
            return ("layer.\(index)", Parameter(index == 0 ? value.channelsLast() : value))
        }
    }

    private func step(
        _ optimizer: any Optimizer, _ named: [(name: String, parameter: Parameter)], _ number: Int
    ) {
        for (index, entry) in named.enumerated() {
            entry.parameter.gradient = Deterministic.tensor(
                entry.parameter.shape, seed: UInt64(100 * number + index))
        }
        optimizer.step()
        optimizer.zeroGradients()
    }

    @Test(arguments: Kind.allCases) func goesOnFromACheckpointToTheSameBits(kind: Kind) throws {
        let folder = TemporaryFolder()
        let url = folder.url.appending(path: "state.safetensors")
        let whole = parameters()
        let optimizer = kind.make(whole.map(\.parameter))
        for number in 0..<6 { step(optimizer, whole, number) }

        let first = parameters()
        let before = kind.make(first.map(\.parameter))
        for number in 0..<3 { step(before, first, number) }
        let values = first.map { (name: $0.name, tensor: $0.parameter.value) }
        try Checkpoint(tensors: values + before.state(named: first)).write(to: url)

        let found = try Checkpoint(contentsOf: url)
        let second = first.map { (name: $0.name, parameter: Parameter(found[$0.name]!)) }
        let after = kind.make(second.map(\.parameter))
        try after.restore(Array(found.tensors.dropFirst(second.count)), named: second)
        for number in 3..<6 { step(after, second, number) }
        for (a, b) in zip(whole, second) {
            #expect(a.parameter.value.floats == b.parameter.value.floats, "\(a.name)")
        }
    }

    @Test func stateIsNamedByKindAndParameter() {
        let named = parameters()
        let sgd = Kind.sgd.make(named.map(\.parameter))
        #expect(sgd.state(named: named).isEmpty)
        named[1].parameter.isTrainable = false
        step(sgd, named, 0)
        #expect(
            sgd.state(named: named).map(\.name) == ["momentum_buffer.layer.0", "momentum_buffer.layer.2"])
        let adam = Kind.adam.make(named.map(\.parameter))
        step(adam, named, 0)
        #expect(
            adam.state(named: named).map(\.name).prefix(3) == [
                "step.layer.0", "exp_avg.layer.0", "exp_avg_sq.layer.0",
            ])
    }

    @Test func aStateThatDoesNotFitIsAnErrorAndChangesNothing() throws {
        let named = parameters()
        let adam = Kind.adam.make(named.map(\.parameter))
        step(adam, named, 0)
        let state = adam.state(named: named)
        func expect(_ error: OptimizerStateError, _ state: [(name: String, tensor: Tensor)]) {
            #expect(throws: error) { try adam.restore(state, named: named) }
        }
        expect(.missing(name: "exp_avg_sq.layer.1"), state.filter { $0.name != "exp_avg_sq.layer.1" })
        expect(.unexpected(name: "exp_avg.layer.7"), state + [("exp_avg.layer.7", Tensor(0))])
        expect(
            .shapeMismatch(name: "exp_avg.layer.1", found: [5], expected: [4]),
            state.map { $0.name == "exp_avg.layer.1" ? ($0.name, Tensor.zeros([5])) : $0 })
        expect(
            .typeMismatch(name: "step.layer.2", found: .float32, expected: .int32),
            state.map { $0.name == "step.layer.2" ? ($0.name, Tensor(1 as Float)) : $0 })
        let kept = adam.state(named: named)
        #expect(kept.map(\.name) == state.map(\.name))
        #expect(kept[1].tensor.floats == state[1].tensor.floats)
    }

    @Test(arguments: Kind.allCases) func frozenParametersStay(kind: Kind) {
        let named = parameters()
        named[0].parameter.isTrainable = false
        let before = named.map { $0.parameter.value.floats }
        step(kind.make(named.map(\.parameter)), named, 0)
        #expect(named[0].parameter.value.floats == before[0])
        #expect(named[1].parameter.value.floats != before[1])
    }

    @Test func aTensorTakenBeforeTheStepKeepsItsValues() {
        let named = parameters()
        let taken = named[2].parameter.value
        let before = taken.floats
        step(Kind.adam.make(named.map(\.parameter)), named, 0)
        #expect(taken.floats == before)
    }

    @Test func groupsHaveSettingsOfTheirOwn() {
        let named = parameters()
        let optimizer = SGD(
            groups: [
                ParameterGroup([named[0].parameter], learningRate: 0.01),
                ParameterGroup([named[1].parameter], momentum: 0),
            ], learningRate: 0.1, momentum: 0.9)
        #expect(optimizer.groups.map(\.learningRate) == [0.01, 0.1])
        #expect(optimizer.groups.map(\.momentum) == [0.9, 0])
        optimizer.learningRate = 0.5
        #expect(optimizer.groups.map(\.learningRate) == [0.5, 0.5])
        #expect(optimizer.groups.map(\.initialLearningRate) == [0.01, 0.1])
    }
}
