// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Multiplies the rate by `gamma` every `stepSize` epochs. As `torch.optim.lr_scheduler.StepLR`.
public struct StepLR: ClosedFormSchedule {
    public let stepSize: Int
    public let gamma: Double
    public let unit: ScheduleUnit

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

/// Multiplies the rate by `gamma` at each milestone; one that is given twice counts twice.
/// As `torch.optim.lr_scheduler.MultiStepLR`.
public struct MultiStepLR: ClosedFormSchedule {
    public let milestones: [Int]
    public let gamma: Double
    public let unit: ScheduleUnit

    public init(milestones: [Int], gamma: Double = 0.1, unit: ScheduleUnit = .epoch) {
        self.milestones = milestones
        self.gamma = gamma
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        initial * pow(gamma, Double(milestones.count { $0 <= count }))
    }
}

/// Multiplies the rate by `gamma` every epoch. As `torch.optim.lr_scheduler.ExponentialLR`.
public struct ExponentialLR: ClosedFormSchedule {
    public let gamma: Double
    public let unit: ScheduleUnit

    public init(gamma: Double, unit: ScheduleUnit = .epoch) {
        self.gamma = gamma
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        initial * pow(gamma, Double(count))
    }
}
