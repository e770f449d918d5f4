// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Multiplies the learning rate by `gamma` every `stepSize` epochs. As `torch.optim.lr_scheduler.StepLR`.
public struct StepLR: ClosedFormSchedule {
    /// Epochs (or steps, as `unit` says) between two changes.
    public let stepSize: Int
    /// The factor of the learning rate at each change.
    public let gamma: Double
    public let unit: ScheduleUnit

    /// - Parameter stepSize: epochs, or steps if `unit` is `.step`; positive
    public init(
        stepSize: Int, gamma: Double = 0.1, unit: ScheduleUnit = .epoch, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(stepSize > 0, "StepLR: step size \(stepSize) must be positive", file: file, line: line)
        self.stepSize = stepSize
        self.gamma = gamma
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        initial * pow(gamma, Double(count / stepSize))
    }
}

/// Multiplies the learning rate by `gamma` at each milestone; a milestone that is given twice counts twice.
/// As `torch.optim.lr_scheduler.MultiStepLR`.
public struct MultiStepLR: ClosedFormSchedule {
    /// After how many epochs (or steps, as `unit` says) of the run the learning rate changes, in any order.
    public let milestones: [Int]
    /// The factor of the learning rate at each milestone.
    public let gamma: Double
    public let unit: ScheduleUnit

    /// - Parameter milestones: in epochs, or in steps if `unit` is `.step`, from the beginning of the run
    public init(milestones: [Int], gamma: Double = 0.1, unit: ScheduleUnit = .epoch) {
        self.milestones = milestones
        self.gamma = gamma
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        initial * pow(gamma, Double(milestones.count { $0 <= count }))
    }
}

/// Multiplies the learning rate by `gamma` every epoch. As `torch.optim.lr_scheduler.ExponentialLR`.
public struct ExponentialLR: ClosedFormSchedule {
    /// The factor of the learning rate after each epoch (or step, as `unit` says).
    public let gamma: Double
    public let unit: ScheduleUnit

    /// - Parameter gamma: for one epoch, or for one step if `unit` is `.step`
    public init(gamma: Double, unit: ScheduleUnit = .epoch) {
        self.gamma = gamma
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        initial * pow(gamma, Double(count))
    }
}
