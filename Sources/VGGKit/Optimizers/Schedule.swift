// SPDX-License-Identifier: Apache-2.0

import Checks

/// How learning rates change over a run. A schedule is a value without state: it needs only the run's
/// position. So a resumed run gets the same learning rates.
public protocol Schedule: Sendable {
    /// Sets an optimizer's learning rates (and momenta, for some) for a step.
    /// - Parameters:
    ///   - step: how many steps the run has made.
    ///   - epoch: how many epochs it has completed.
    ///   - metrics: what those epochs measured, in their order.
    func apply(to optimizer: any Optimizer, step: Int, epoch: Int, metrics: [EpochMetrics])
}

/// The metrics of an epoch: on the validation set, or in training if nothing was validated.
public struct EpochMetrics: Sendable, Equatable {
    /// The epoch's mean loss.
    public var loss: Double
    /// The share of images that were recognised, 0 … 1.
    public var accuracy: Double

    /// - Parameter accuracy: 0 … 1
    public init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }
}

/// The unit that a schedule counts.
public enum ScheduleUnit: Sendable, Equatable { case epoch, step }

/// A schedule whose learning rates are a formula of the number of epochs or steps.
public protocol ClosedFormSchedule: Schedule {
    /// Whether the schedule counts epochs or steps.
    var unit: ScheduleUnit { get }

    /// The learning rate after `count` units.
    /// - Parameters:
    ///   - group: the index of the parameter group.
    ///   - initial: the learning rate that the group began with.
    func rate(after count: Int, group: Int, initial: Double) -> Double

    /// The momentum after `count` units; nil leaves it as it is.
    func momentum(after count: Int) -> Double?
}

extension ClosedFormSchedule {
    public func momentum(after count: Int) -> Double? { nil }

    public func apply(to optimizer: any Optimizer, step: Int, epoch: Int, metrics: [EpochMetrics]) {
        apply(to: optimizer, after: unit == .epoch ? epoch : step)
    }

    /// Sets an optimizer's learning rates after `count` units, for hand-written loops.
    public func apply(to optimizer: any Optimizer, after count: Int) {
        check(count >= 0, "\(Self.self): \(count) \(unit)s cannot have passed; they are counted from 0")
        for index in optimizer.groups.indices {
            let initial = Double(optimizer.groups[index].initialLearningRate)
            optimizer.groups[index].learningRate = Float(rate(after: count, group: index, initial: initial))
            if let momentum = momentum(after: count) { optimizer.groups[index].momentum = Float(momentum) }
        }
    }
}

/// A schedule that runs ahead by some epochs or steps.
///
/// Scripts that step their scheduler at the beginning of each epoch behave so: the first epoch has the
/// learning rate of the second.
/// ```swift
/// // Halves the learning rate for the tenth epoch, not for the eleventh.
/// StepLR(stepSize: 10, gamma: 0.5).advanced(by: 1)
/// ```
public struct AdvancedSchedule<Base: ClosedFormSchedule>: ClosedFormSchedule {
    /// The underlying schedule.
    public let base: Base
    /// How far it runs ahead, in the base's unit.
    public let lead: Int

    public var unit: ScheduleUnit { base.unit }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        base.rate(after: count + lead, group: group, initial: initial)
    }

    public func momentum(after count: Int) -> Double? { base.momentum(after: count + lead) }
}

extension ClosedFormSchedule {
    /// The same schedule, `lead` epochs or steps earlier.
    public func advanced(by lead: Int, file: StaticString = #fileID, line: UInt = #line) -> AdvancedSchedule<
        Self
    > {
        check(lead >= 0, "advanced: a schedule cannot be ahead by \(lead)", file: file, line: line)
        return AdvancedSchedule(base: self, lead: lead)
    }
}
