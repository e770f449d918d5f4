// SPDX-License-Identifier: Apache-2.0

import Checks

/// Stochastic gradient descent, as `torch.optim.SGD`.
///
/// With d = gradient + weightDecay · value: v ← momentum · v + (1 - dampening) · d (v = d on the first step),
/// and the value changes by -learningRate · v; by -learningRate · (d + momentum · v) with Nesterov's
/// momentum.
///
/// I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013.
public final class SGD: Optimizer {
    private struct Slot {
        var velocity: Tensor?
        /// Whether `velocity` has been set by a step.
        var hasVelocity = false
    }

    public var groups: [OptimizerGroup] {
        didSet {
            OptimizerGroup.requireValid(
                groups, "SGD", parameterCount: state.slots.count, momentumBelowOne: false)
        }
    }
    /// The share of each new gradient that does not enter the velocity. The first step takes all of it.
    public let dampening: Float
    /// Whether steps use Nesterov's momentum.
    public let nesterov: Bool
    private var state: OptimizerState<Slot>

    /// Updates all parameters with the same settings.
    /// - Parameters:
    ///   - parameters: at least one, none of them twice
    ///   - momentum: share of the velocity that a step keeps, 0 or more
    ///   - dampening: share of a new gradient that does not enter the velocity
    ///   - weightDecay: share of the value that is added to the gradient, 0 or more
    ///   - nesterov: takes a momentum above 0 and no dampening
    public convenience init(
        _ parameters: [Parameter], learningRate: Float, momentum: Float = 0, dampening: Float = 0,
        weightDecay: Float = 0, nesterov: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            groups: [ParameterGroup(parameters)], learningRate: learningRate, momentum: momentum,
            dampening: dampening, weightDecay: weightDecay, nesterov: nesterov, file: file, line: line)
    }

    /// Updates groups of parameters, each with its own settings.
    /// - Parameters:
    ///   - groups: settings that are nil in a group are taken from the other arguments; no parameter may be
    ///     in two groups
    ///   - momentum: share of the velocity that a step keeps, 0 or more
    ///   - dampening: share of a new gradient that does not enter the velocity
    ///   - weightDecay: share of the value that is added to the gradient, 0 or more
    ///   - nesterov: takes a momentum above 0 and no dampening
    public init(
        groups: [ParameterGroup], learningRate: Float, momentum: Float = 0, dampening: Float = 0,
        weightDecay: Float = 0, nesterov: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            dampening.isFinite, "SGD: dampening \(dampening) must be a finite number", file: file, line: line)
        self.dampening = dampening
        self.nesterov = nesterov
        self.groups = groups.map {
            OptimizerGroup(
                $0, learningRate: learningRate, weightDecay: weightDecay, momentum: momentum, beta2: 0)
        }
        for group in self.groups where nesterov {
            check(
                group.momentum > 0 && dampening == 0,
                "SGD: Nesterov's momentum takes a momentum above 0 and no dampening, not \(group.momentum) and \(dampening)",
                file: file, line: line)
        }
        state = OptimizerState(
            empty: Slot(), count: OptimizerGroup.requireDisjoint(self.groups, "SGD", file: file, line: line),
            entries: [
                .init(
                    kind: "momentum_buffer", type: .float32, read: { $0.hasVelocity ? $0.velocity : nil },
                    write: { ($0.velocity, $0.hasVelocity) = ($1, true) })
            ])
        OptimizerGroup.requireValid(
            self.groups, "SGD", parameterCount: state.slots.count, momentumBelowOne: false, file: file,
            line: line)
        if momentum != 0 { state.makeMoments(\.velocity, of: self.groups.flatMap(\.parameters)) }
    }

    public func step() {
        var index = 0
        for group in groups {
            for parameter in group.parameters {
                defer { index += 1 }
                guard parameter.isTrainable, parameter.gradient != nil else { continue }
                parameter.update { value, gradient in
                    Kernels.sgd(
                        &value, gradient: gradient!, velocity: &state.slots[index].velocity,
                        isFirst: !state.slots[index].hasVelocity, rate: group.learningRate,
                        momentum: group.momentum, dampening: dampening, weightDecay: group.weightDecay,
                        nesterov: nesterov)
                    if group.momentum != 0 { state.slots[index].hasVelocity = true }
                }
            }
        }
    }

    public func state(named names: [(name: String, parameter: Parameter)]) -> [(name: String, tensor: Tensor)]
    {
        state.dictionary(of: groups.flatMap(\.parameters), named: names)
    }

    public func restore(
        _ dictionary: [(name: String, tensor: Tensor)], named names: [(name: String, parameter: Parameter)]
    ) throws(OptimizerStateError) {
        try state.restore(dictionary, of: groups.flatMap(\.parameters), named: names)
    }
}
