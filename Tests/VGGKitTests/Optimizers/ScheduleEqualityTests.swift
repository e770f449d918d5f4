// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Rates and momenta after every step of a schedule, as PyTorch's.
@Suite struct ScheduleEqualityTests {
    struct Options: Decodable, Sendable {
        var stepSize: Int?
        var gamma: Double?
        var milestones: [Int]?
        var totalSteps: Int?
        var minimumRate: Double?
        var warmUpSteps: Int?
        var startFactor: Double?
        var maximumRate: OneOrMore?
        var share: Double?
        var anneal: String?
        var cycleMomentum: Bool?
        var baseMomentum: Double?
        var maximumMomentum: Double?
        var divisor: Double?
        var finalDivisor: Double?
        var threePhase: Bool?
        var mode: String?
        var factor: Double?
        var patience: Int?
        var threshold: Double?
        var thresholdMode: String?
        var cooldown: Int?
        var epsilon: Double?
    }

    struct OneOrMore: Decodable, Sendable {
        let values: [Double]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            values = try (try? container.decode([Double].self)) ?? [container.decode(Double.self)]
        }
    }

    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let schedule: String
        let optimizer: String?
        let options: Options
        let rates: [Float]
        let steps: Int
        /// What each epoch measured; nil stands for NaN.
        let metrics: [Double?]?
        /// Before the first step and after each.
        let learningRates: [[Double]]
        let momenta: [[Double]]

        var testDescription: String { name }

        static let all: [Row] = try! FixtureFile.table("optimizers/schedules")

        var closedForm: any ClosedFormSchedule {
            switch schedule {
            case "StepLR": StepLR(stepSize: options.stepSize!, gamma: options.gamma!)
            case "MultiStepLR": MultiStepLR(milestones: options.milestones!, gamma: options.gamma!)
            case "ExponentialLR": ExponentialLR(gamma: options.gamma!)
            case "CosineAnnealingLR":
                CosineAnnealingLR(totalSteps: options.totalSteps!, minimumRate: options.minimumRate!)
            case "WarmCosineLR":
                CosineWithWarmup(
                    warmupSteps: options.warmUpSteps!, totalSteps: options.totalSteps!,
                    startFactor: options.startFactor!, minimumRate: options.minimumRate!)
            default:
                OneCycleLR(
                    maximumRates: options.maximumRate!.values, totalSteps: options.totalSteps!,
                    share: options.share ?? 0.3, annealing: options.anneal == "linear" ? .linear : .cosine,
                    momentumRange: options.cycleMomentum ?? true
                        ? (options.baseMomentum ?? 0.85)...(options.maximumMomentum ?? 0.95) : nil,
                    divisor: options.divisor ?? 25, finalDivisor: options.finalDivisor ?? 1e4,
                    threePhase: options.threePhase ?? false)
            }
        }

        func makeOptimizer() -> any Optimizer {
            let groups = rates.map { ParameterGroup([Parameter(Tensor.zeros([1]))], learningRate: $0) }
            return optimizer == "Adam"
                ? Adam(groups: groups, learningRate: 1) : SGD(groups: groups, learningRate: 1, momentum: 0.9)
        }
    }

    @Test("Every step has PyTorch's rate and momentum", arguments: Row.all.filter { $0.metrics == nil })
    func matchesPyTorch(_ row: Row) {
        let optimizer = row.makeOptimizer()
        for step in 0...row.steps {
            row.closedForm.apply(to: optimizer, after: step)
            for (index, group) in optimizer.groups.enumerated() {
                expectEqual(Double(group.learningRate), row.learningRates[step][index], "rate after \(step)")
                expectEqual(Double(group.momentum), row.momenta[step][index], "momentum after \(step)")
            }
        }
    }

    @Test("A plateau lowers the rate when PyTorch does", arguments: Row.all.filter { $0.metrics != nil })
    func plateau(_ row: Row) {
        let options = row.options
        let threshold = options.threshold ?? 1e-4
        let schedule = ReduceLROnPlateau(
            mode: options.mode == "max" ? .maximum : .minimum, factor: options.factor!,
            patience: options.patience!,
            threshold: options.thresholdMode == "abs" ? .absolute(threshold) : .relative(threshold),
            cooldown: options.cooldown ?? 0, minimumRate: options.minimumRate ?? 0,
            epsilon: options.epsilon ?? 1e-8)
        let metrics = row.metrics!.map { $0 ?? .nan }
        for step in 0...row.steps {
            for (index, initial) in row.rates.enumerated() {
                let rate = schedule.rate(after: Array(metrics.prefix(step)), initial: Double(initial))
                expectEqual(rate, row.learningRates[step][index], "rate after \(step)")
            }
        }
    }

    private func expectEqual(
        _ value: Double, _ expected: Double, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            abs(value - expected) <= 5e-7 * abs(expected), "\(what) is \(value), not \(expected)",
            sourceLocation: sourceLocation)
    }
}
