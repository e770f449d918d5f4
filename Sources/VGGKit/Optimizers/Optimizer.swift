// SPDX-License-Identifier: Apache-2.0

import Checks

/// Updates parameters by their gradients.
///
/// ```swift
/// let optimizer = SGD(model.parameters, learningRate: 0.1, momentum: 0.9)
/// loss.backward()
/// optimizer.step()
/// optimizer.zeroGradients()
/// ```
public protocol Optimizer: AnyObject {
    /// The parameter groups with their settings. The settings may be changed between steps.
    var groups: [OptimizerGroup] { get set }

    /// Changes every trainable parameter that has a gradient.
    func step()

    /// The optimizer's state, for continuing a run later: moments and step counts. The key is the kind and
    /// the parameter's name, such as `momentum_buffer.features.0.weight`. Settings are not part of it.
    /// - Parameter names: a name for every parameter; if a parameter has several names, the first is used.
    func state(named names: [(name: String, parameter: Parameter)]) -> [(name: String, tensor: Tensor)]

    /// Restores a state that `state(named:)` returned. If anything does not fit, nothing is changed.
    func restore(
        _ dictionary: [(name: String, tensor: Tensor)], named names: [(name: String, parameter: Parameter)]
    ) throws(OptimizerStateError)
}

extension Optimizer {
    /// The learning rate of the first group; setting it sets that of all groups.
    public var learningRate: Float {
        get { groups[0].learningRate }
        set {
            for index in groups.indices { groups[index].learningRate = newValue }
        }
    }

    /// Sets every gradient to nil.
    public func zeroGradients() {
        for group in groups {
            for parameter in group.parameters { parameter.gradient = nil }
        }
    }
}

/// Parameters with their own settings. Settings that are nil are the optimizer's.
///
/// ```swift
/// AdamW(
///     groups: [ParameterGroup(features.parameters, learningRate: 1e-4), ParameterGroup(head.parameters)],
///     learningRate: 1e-3)
/// ```
public struct ParameterGroup: Sendable {
    /// The parameters of the group. None of them may be in another group too.
    public var parameters: [Parameter]
    /// The group's learning rate; nil for the optimizer's.
    public var learningRate: Float?
    /// The group's weight decay; nil for the optimizer's.
    public var weightDecay: Float?
    /// SGD's momentum, Adam's β₁; nil for the optimizer's.
    public var momentum: Float?
    /// Adam's β₂; nil for the optimizer's.
    public var beta2: Float?

    /// Settings that are nil are the optimizer's.
    public init(
        _ parameters: [Parameter], learningRate: Float? = nil, weightDecay: Float? = nil,
        momentum: Float? = nil,
        beta2: Float? = nil
    ) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.momentum = momentum
        self.beta2 = beta2
    }
}

/// A group within an optimizer, with all settings resolved.
public struct OptimizerGroup: Sendable {
    /// The parameters that these settings are for.
    public let parameters: [Parameter]
    /// The learning rate of the next step, 0 or more. Schedules change it.
    public var learningRate: Float
    /// How strongly values are pulled towards 0, 0 or more; the formula depends on the optimizer.
    public var weightDecay: Float
    /// SGD's momentum, or Adam's β₁. `OneCycleLR` changes it besides the learning rate.
    public var momentum: Float
    /// Adam's β₂; SGD does not use it.
    public var beta2: Float
    /// The learning rate that the optimizer was created with. Schedules start from it.
    public let initialLearningRate: Float

    init(_ group: ParameterGroup, learningRate: Float, weightDecay: Float, momentum: Float, beta2: Float) {
        parameters = group.parameters
        self.learningRate = group.learningRate ?? learningRate
        self.weightDecay = group.weightDecay ?? weightDecay
        self.momentum = group.momentum ?? momentum
        self.beta2 = group.beta2 ?? beta2
        initialLearningRate = self.learningRate
    }

    /// Traps if two groups share a parameter: it would be updated twice in a step.
    /// - Returns: the number of parameters.
    static func requireDisjoint(
        _ groups: [OptimizerGroup], _ optimizer: StaticString, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Int {
        let parameters = groups.flatMap(\.parameters)
        check(
            !parameters.isEmpty, "\(optimizer): takes at least one parameter, there is none", file: file,
            line: line)
        var seen: Set<ObjectIdentifier> = []
        for parameter in parameters {
            check(
                seen.insert(ObjectIdentifier(parameter)).inserted,
                "\(optimizer): a parameter of shape \(parameter.shape) is given more than once", file: file,
                line: line)
        }
        return parameters.count
    }

    /// Traps if a setting is out of range, or if parameters were added or removed.
    static func requireValid(
        _ groups: [OptimizerGroup], _ optimizer: StaticString, parameterCount: Int, momentumBelowOne: Bool,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        let count = groups.reduce(0) { $0 + $1.parameters.count }
        check(
            count == parameterCount, "\(optimizer): was made for \(parameterCount) parameters, not \(count)",
            file: file, line: line)
        for group in groups {
            group.requireValid(optimizer, momentumBelowOne: momentumBelowOne, file: file, line: line)
        }
    }

    private func requireValid(
        _ optimizer: StaticString, momentumBelowOne: Bool, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            learningRate >= 0 && learningRate.isFinite,
            "\(optimizer): learning rate \(learningRate) must be 0 or more", file: file, line: line)
        check(
            weightDecay >= 0 && weightDecay.isFinite,
            "\(optimizer): weight decay \(weightDecay) must be 0 or more", file: file, line: line)
        check(
            momentum >= 0 && momentum < (momentumBelowOne ? 1 : .infinity),
            "\(optimizer): \(momentumBelowOne ? "beta1" : "momentum") \(momentum) must be 0 or more\(momentumBelowOne ? " and below 1" : "")",
            file: file, line: line
        )
        check(
            beta2 >= 0 && beta2 < 1, "\(optimizer): beta2 \(beta2) must be 0 or more and below 1", file: file,
            line: line)
    }
}
