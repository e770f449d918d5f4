// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Adam, as `torch.optim.Adam`: steps of about the learning rate in each direction, whatever the gradients'
/// scale. Weight decay is added to the gradient.
///
/// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², and the value changes by
/// -learningRate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε) at step t.
///
/// D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
/// https://arxiv.org/abs/1412.6980
public class Adam: Optimizer {
    private struct Slot {
        var step: Int32 = 0
        var mean: Tensor?
        var square: Tensor?
    }

    public var groups: [OptimizerGroup] {
        didSet {
            OptimizerGroup.requireValid(
                groups, name, parameterCount: state.slots.count, momentumBelowOne: true)
        }
    }
    /// ε in the formula: added to the denominator, so that it is not 0.
    public let epsilon: Float
    private let name: StaticString
    private let decoupledDecay: Bool
    private var state: OptimizerState<Slot>

    /// Updates all parameters with the same settings.
    /// - Parameters:
    ///   - parameters: at least one, none of them twice
    ///   - learningRate: about the length of a step in each element
    ///   - beta1: share of the mean gradient that a step keeps, 0 ..< 1
    ///   - beta2: share of the mean squared gradient that a step keeps, 0 ..< 1
    ///   - epsilon: added to the denominator, 0 or more
    ///   - weightDecay: share of the value that is added to the gradient, 0 or more
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, weightDecay: Float = 0, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            groups: [ParameterGroup(parameters)], learningRate: learningRate, beta1: beta1, beta2: beta2,
            epsilon: epsilon, weightDecay: weightDecay, file: file, line: line)
    }

    /// Updates groups of parameters, each with its own settings.
    /// - Parameters:
    ///   - groups: settings that are nil in a group are taken from the other arguments; no parameter may be
    ///     in two groups
    ///   - learningRate: about the length of a step in each element
    ///   - beta1: share of the mean gradient that a step keeps, 0 ..< 1
    ///   - beta2: share of the mean squared gradient that a step keeps, 0 ..< 1
    ///   - epsilon: added to the denominator, 0 or more
    ///   - weightDecay: share of the value that is added to the gradient, 0 or more
    public convenience init(
        groups: [ParameterGroup], learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, weightDecay: Float = 0, file: StaticString = #fileID, line: UInt = #line
    ) {
        let groups = groups.map {
            OptimizerGroup(
                $0, learningRate: learningRate, weightDecay: weightDecay, momentum: beta1, beta2: beta2)
        }
        self.init("Adam", groups, epsilon: epsilon, decoupledDecay: false, file: file, line: line)
    }

    fileprivate init(
        _ name: StaticString, _ groups: [OptimizerGroup], epsilon: Float, decoupledDecay: Bool,
        file: StaticString, line: UInt
    ) {
        check(
            epsilon >= 0 && epsilon.isFinite, "\(name): epsilon \(epsilon) must be 0 or more", file: file,
            line: line)
        state = OptimizerState(
            empty: Slot(), count: OptimizerGroup.requireDisjoint(groups, name, file: file, line: line),
            entries: [
                .init(
                    kind: "step", type: .int32, read: { $0.step > 0 ? Tensor($0.step) : nil },
                    write: { $0.step = $1.scalars(Int32.self)[0] }),
                .init(
                    kind: "exp_avg", type: .float32, read: { $0.step > 0 ? $0.mean : nil },
                    write: { $0.mean = $1 }),
                .init(
                    kind: "exp_avg_sq", type: .float32, read: { $0.step > 0 ? $0.square : nil },
                    write: { $0.square = $1 }),
            ])
        OptimizerGroup.requireValid(
            groups, name, parameterCount: state.slots.count, momentumBelowOne: true, file: file, line: line)
        self.groups = groups
        self.name = name
        self.epsilon = epsilon
        self.decoupledDecay = decoupledDecay
        state.makeMoments(\.mean, \.square, of: groups.flatMap(\.parameters))
    }

    public func step() {
        var index = 0
        for group in groups {
            for parameter in group.parameters {
                defer { index += 1 }
                guard parameter.isTrainable, parameter.gradient != nil else { continue }
                parameter.update { value, gradient in update(&value, gradient!, &state.slots[index], group) }
            }
        }
    }

    private func update(
        _ value: inout Tensor, _ gradient: Tensor, _ slot: inout Slot, _ group: OptimizerGroup
    ) {
        slot.step += 1
        let (rate, decay) = (Double(group.learningRate), Double(group.weightDecay))
        let correction1 = 1 - pow(Double(group.momentum), Double(slot.step))
        let correction2 = 1 - pow(Double(group.beta2), Double(slot.step))
        Kernels.adam(
            &value, gradient: gradient, mean: &slot.mean, square: &slot.square,
            stepSize: Float(rate / correction1),
            beta1: group.momentum, beta2: group.beta2,
            inverseRootCorrection: Float(1 / correction2.squareRoot()),
            epsilon: epsilon, l2: decoupledDecay ? 0 : group.weightDecay,
            decoupledDecay: decoupledDecay ? Float(rate * decay) : 0)
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

/// Adam with decoupled weight decay, as `torch.optim.AdamW`: each step first multiplies the value by 1 -
/// learningRate · weightDecay.
///
/// I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
/// https://arxiv.org/abs/1711.05101
public final class AdamW: Adam {
    /// Updates all parameters with the same settings.
    /// - Parameters:
    ///   - parameters: at least one, none of them twice
    ///   - learningRate: about the length of a step in each element
    ///   - beta1: share of the mean gradient that a step keeps, 0 ..< 1
    ///   - beta2: share of the mean squared gradient that a step keeps, 0 ..< 1
    ///   - epsilon: added to the denominator, 0 or more
    ///   - weightDecay: multiplied by the learning rate, the share of the value that each step subtracts, 0
    ///     or more
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, weightDecay: Float = 1e-2, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            groups: [ParameterGroup(parameters)], learningRate: learningRate, beta1: beta1, beta2: beta2,
            epsilon: epsilon, weightDecay: weightDecay, file: file, line: line)
    }

    /// Updates groups of parameters, each with its own settings.
    /// - Parameters:
    ///   - groups: settings that are nil in a group are taken from the other arguments; no parameter may be
    ///     in two groups
    ///   - learningRate: about the length of a step in each element
    ///   - beta1: share of the mean gradient that a step keeps, 0 ..< 1
    ///   - beta2: share of the mean squared gradient that a step keeps, 0 ..< 1
    ///   - epsilon: added to the denominator, 0 or more
    ///   - weightDecay: multiplied by the learning rate, the share of the value that each step subtracts, 0
    ///     or more
    public init(
        groups: [ParameterGroup], learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, weightDecay: Float = 1e-2, file: StaticString = #fileID, line: UInt = #line
    ) {
        let groups = groups.map {
            OptimizerGroup(
                $0, learningRate: learningRate, weightDecay: weightDecay, momentum: beta1, beta2: beta2)
        }
        super.init("AdamW", groups, epsilon: epsilon, decoupledDecay: true, file: file, line: line)
    }
}
