// SPDX-License-Identifier: Apache-2.0

import Checks

/// How learning rates change over a run. A schedule is a value without state: where the run stands is all it needs, so a
/// resumed run gets the rates that it would have had.
public protocol Schedule: Sendable {
    /// Sets an optimizer's rates (and momenta, for some) for a step.
    /// - Parameters:
    ///   - step: how many steps the run has made.
    ///   - epoch: how many epochs it has completed.
    ///   - metrics: what those epochs measured, in their order.
    func apply(to optimizer: any Optimizer, step: Int, epoch: Int, metrics: [EpochMetrics])
}

/// What an epoch measured: on the validation set, or in training where nothing was validated.
public struct EpochMetrics: Sendable, Equatable {
    public var loss: Double
    /// 0 … 1
    public var accuracy: Double

    public init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }
}

/// What a schedule counts.
public enum ScheduleUnit: Sendable, Equatable { case epoch, step }

/// A schedule whose rates are a formula of the number of epochs or steps.
public protocol ClosedFormSchedule: Schedule {
    var unit: ScheduleUnit { get }

    /// The rate after `count` units.
    /// - Parameters:
    ///   - group: the index of the parameter group.
    ///   - initial: the rate that the group began with.
    func rate(after count: Int, group: Int, initial: Double) -> Double

    /// The momentum after `count` units; nil leaves it as it is.
    func momentum(after count: Int) -> Double?
}

extension ClosedFormSchedule {
    public func momentum(after count: Int) -> Double? { nil }

    public func apply(to optimizer: any Optimizer, step: Int, epoch: Int, metrics: [EpochMetrics]) {
        apply(to: optimizer, after: unit == .epoch ? epoch : step)
    }

    /// Sets an optimizer's rates for the unit that comes after `count` of them: for loops written by hand.
    public func apply(to optimizer: any Optimizer, after count: Int) {
        check(count >= 0, "\(Self.self): \(count) \(unit)s cannot have passed; they are counted from 0")
        for index in optimizer.groups.indices {
            let initial = Double(optimizer.groups[index].initialLearningRate)
            optimizer.groups[index].learningRate = Float(rate(after: count, group: index, initial: initial))
            if let momentum = momentum(after: count) { optimizer.groups[index].momentum = Float(momentum) }
        }
    }
}

/// A schedule that is some units ahead of the run.
///
/// Scripts that step their scheduler at the beginning of each epoch train so: the first epoch has the second's rate.
/// ```swift
/// StepLR(stepSize: 10, gamma: 0.5).advanced(by: 1)  // halves the rate for the tenth epoch, not for the eleventh
/// ```
public struct AdvancedSchedule<Base: ClosedFormSchedule>: ClosedFormSchedule {
    public let base: Base
    /// Epochs or steps, as the base counts.
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
