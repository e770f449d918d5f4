// SPDX-License-Identifier: Apache-2.0

import Checks

/// Changes parameters by their gradients.
///
/// ```swift
/// let optimizer = SGD(model.parameters, learningRate: 0.1, momentum: 0.9)
/// loss.backward()
/// optimizer.step()
/// optimizer.zeroGradients()
/// ```
public protocol Optimizer: AnyObject {
    /// The parameters with the settings they are changed by. The settings may be changed between steps.
    var groups: [OptimizerGroup] { get set }

    /// Changes every trainable parameter that has a gradient.
    func step()

    /// What besides the parameters' values it takes to go on: moments and step counts, each under its kind and its
    /// parameter's name, as `momentum_buffer.features.0.weight`. Settings are not part of it.
    /// - Parameter names: a name for every parameter; where it has several, the first counts.
    func state(named names: [(name: String, parameter: Parameter)]) -> [(name: String, tensor: Tensor)]

    /// Takes over what `state(named:)` gave. Nothing changes unless all of it fits.
    func restore(
        _ dictionary: [(name: String, tensor: Tensor)], named names: [(name: String, parameter: Parameter)]
    ) throws(OptimizerStateError)
}

extension Optimizer {
    /// The rate of the first group; setting it sets that of all groups.
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

/// Parameters with settings of their own. What is nil here is as the optimizer was told.
///
/// ```swift
/// AdamW(
///     groups: [ParameterGroup(features.parameters, learningRate: 1e-4), ParameterGroup(head.parameters)],
///     learningRate: 1e-3)
/// ```
public struct ParameterGroup: Sendable {
    public var parameters: [Parameter]
    public var learningRate: Float?
    public var weightDecay: Float?
    /// SGD's momentum, Adam's β₁.
    public var momentum: Float?
    /// Adam's β₂.
    public var beta2: Float?

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

/// A group as an optimizer holds it.
public struct OptimizerGroup: Sendable {
    public let parameters: [Parameter]
    public var learningRate: Float
    public var weightDecay: Float
    /// SGD's momentum, Adam's β₁: what `OneCycleLR` changes besides the rate.
    public var momentum: Float
    /// Adam's β₂; nothing to SGD.
    public var beta2: Float
    /// The rate that the optimizer was made with, from which schedules start.
    public let initialLearningRate: Float

    init(_ group: ParameterGroup, learningRate: Float, weightDecay: Float, momentum: Float, beta2: Float) {
        parameters = group.parameters
        self.learningRate = group.learningRate ?? learningRate
        self.weightDecay = group.weightDecay ?? weightDecay
        self.momentum = group.momentum ?? momentum
        self.beta2 = group.beta2 ?? beta2
        initialLearningRate = self.learningRate
    }

    /// Traps where two groups share a parameter: it would be changed twice a step.
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

    /// Traps where a setting is not a number that it can be, or where parameters have come or gone.
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
