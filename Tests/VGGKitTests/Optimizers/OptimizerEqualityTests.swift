// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Parameters after every step of an optimizer, as PyTorch's.
@Suite struct OptimizerEqualityTests {
    struct Options: Decodable, Sendable {
        var learningRate: Float?
        var momentum: Float?
        var dampening: Float?
        var weightDecay: Float?
        var nesterov: Bool?
        var betas: [Float]?
        var epsilon: Float?
    }

    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        struct Group: Decodable, Sendable {
            let parameters: [Int]
            let options: Options
        }

        let name: String
        let optimizer: String
        let options: Options
        let groups: [Group]?
        let shapes: [[Int]]
        let steps: Int
        /// A parameter that gets no gradient on even steps.
        let missing: Int?
        let gradientScale: Float?
        /// What the rate is multiplied by after each step.
        let rateFactor: Float?
        let clipNorm: Float?
        let clipValue: Float?
        let norms: [Float]

        var testDescription: String { name }

        static let all: [Row] = try! FixtureFile.table("optimizers/optimizers")

        func values(_ kind: String, _ parameter: Int, step: Int? = nil) -> Tensor {
            let names = [name, kind, "\(parameter)"] + (step.map { ["\($0)"] } ?? [])
            return Deterministic.tensor(shapes[parameter], seed: Deterministic.seed(names))
        }

        func makeOptimizer(_ parameters: [Parameter]) -> any Optimizer {
            let groups = groups.map { groups in
                groups.map { group in
                    ParameterGroup(
                        group.parameters.map { parameters[$0] }, learningRate: group.options.learningRate,
                        weightDecay: group.options.weightDecay,
                        momentum: group.options.momentum ?? group.options.betas?[0],
                        beta2: group.options.betas?[1])
                }
            }
            let all = groups ?? [ParameterGroup(parameters)]
            let (rate, decay) = (options.learningRate!, options.weightDecay ?? 0)
            let (beta1, beta2) = (options.betas?[0] ?? 0.9, options.betas?[1] ?? 0.999)
            switch optimizer {
            case "Adam":
                return Adam(
                    groups: all, learningRate: rate, beta1: beta1, beta2: beta2,
                    epsilon: options.epsilon ?? 1e-8,
                    weightDecay: decay)
            case "AdamW":
                return AdamW(
                    groups: all, learningRate: rate, beta1: beta1, beta2: beta2,
                    epsilon: options.epsilon ?? 1e-8,
                    weightDecay: decay)
            default:
                return SGD(
                    groups: all, learningRate: rate, momentum: options.momentum ?? 0,
                    dampening: options.dampening ?? 0, weightDecay: decay, nesterov: options.nesterov ?? false
                )
            }
        }
    }

    @Test("Ten steps equal PyTorch's, each of them", arguments: Row.all, [Arrangement.contiguous, .reversed])
    func matchesPyTorch(_ row: Row, _ arrangement: Arrangement) throws {
        let fixture = try FixtureFile("optimizers/optimizers")
        let parameters = row.shapes.indices.map { Parameter(row.values("value", $0)) }
        let optimizer = row.makeOptimizer(parameters)
        var history = row.shapes.map { _ in [Float]() }
        for step in 0..<row.steps {
            optimizer.zeroGradients()
            for (index, parameter) in parameters.enumerated() where row.missing != index || step % 2 != 0 {
                let gradient = row.values("gradient", index, step: step) * (row.gradientScale ?? 1)
                parameter.gradient = arrangement(gradient)
            }
            if let limit = row.clipNorm {
                let norm = clipGradients(parameters, maximumNorm: limit)
                #expect(abs(norm / row.norms[step] - 1) < 1e-6)
            }
            if let limit = row.clipValue { clipGradients(parameters, maximumValue: limit) }
            optimizer.step()
            for index in optimizer.groups.indices {
                optimizer.groups[index].learningRate *= row.rateFactor ?? 1
            }
            for (index, parameter) in parameters.enumerated() { history[index] += parameter.value.floats }
        }
        for (index, values) in history.enumerated() {
            let expected = try #require(fixture.floats("\(row.name)/\(index)"))
            expectClose(values, expected, relative: 2e-6, "parameter \(index) over all steps")
        }
    }

    @Test func aFrozenParameterStaysAsItIs() {
        let (frozen, trained) = (Parameter(Tensor.ones([2])), Parameter(Tensor.ones([2])))
        frozen.isTrainable = false
        let optimizer = SGD([frozen, trained], learningRate: 0.5, momentum: 0.9, weightDecay: 0.1)
        for parameter in [frozen, trained] { parameter.gradient = Tensor.ones([2]) }
        optimizer.step()
        #expect(frozen.value.floats == [1, 1])
        #expect(trained.value.floats == [0.45, 0.45])
    }
}
