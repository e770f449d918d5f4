// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Lowers the learning rate along half a cosine wave to `minimumRate` after `totalSteps` epochs; after that
/// it rises again. As `torch.optim.lr_scheduler.CosineAnnealingLR`.
///
/// I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.
public struct CosineAnnealingLR: ClosedFormSchedule {
    /// After how many epochs (or steps, as `unit` says) the learning rate is lowest.
    public let totalSteps: Int
    /// The learning rate after `totalSteps`.
    public let minimumRate: Double
    public let unit: ScheduleUnit

    /// - Parameters:
    ///   - totalSteps: epochs, or steps if `unit` is `.step`; positive
    ///   - minimumRate: the learning rate at the end
    public init(
        totalSteps: Int, minimumRate: Double = 0, unit: ScheduleUnit = .epoch, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            totalSteps > 0, "CosineAnnealingLR: total steps \(totalSteps) must be positive", file: file,
            line: line)
        self.totalSteps = totalSteps
        self.minimumRate = minimumRate
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        interpolateCosine(from: initial, to: minimumRate, at: Double(count) / Double(totalSteps))
    }
}

/// Raises the learning rate linearly over `warmupSteps` epochs, from `startFactor` times its value, then
/// lowers it along half a cosine wave to `minimumRate` after `totalSteps`, where it stays. As PyTorch's
/// `LinearLR` followed by `CosineAnnealingLR`.
public struct CosineWithWarmup: ClosedFormSchedule {
    /// For how many epochs (or steps, as `unit` says) the learning rate rises; 0 for none.
    public let warmupSteps: Int
    /// After how many epochs or steps, the rising ones included, the learning rate is lowest.
    public let totalSteps: Int
    /// The factor of the optimizer's learning rate at the beginning of the run, above 0 and at most 1.
    public let startFactor: Double
    /// The learning rate at the end.
    public let minimumRate: Double
    public let unit: ScheduleUnit

    /// - Parameters:
    ///   - warmupSteps: epochs, or steps if `unit` is `.step`; 0 for no warm-up
    ///   - totalSteps: epochs or steps with the warm-up; positive
    ///   - startFactor: above 0 and at most 1
    ///   - minimumRate: the learning rate at the end
    public init(
        warmupSteps: Int, totalSteps: Int, startFactor: Double = 0.01, minimumRate: Double = 0,
        unit: ScheduleUnit = .epoch, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            warmupSteps >= 0 && totalSteps > 0,
            "CosineWithWarmup: warm-up steps \(warmupSteps) must be 0 or more, total steps \(totalSteps) positive",
            file: file,
            line: line)
        check(
            startFactor > 0 && startFactor <= 1,
            "CosineWithWarmup: start factor \(startFactor) must be above 0 and at most 1", file: file,
            line: line
        )
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.startFactor = startFactor
        self.minimumRate = minimumRate
        self.unit = unit
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        if count < warmupSteps {
            return initial * (startFactor + (1 - startFactor) * Double(count) / Double(warmupSteps))
        }
        guard count < totalSteps else { return minimumRate }
        return interpolateCosine(
            from: initial, to: minimumRate, at: Double(count - warmupSteps) / Double(totalSteps - warmupSteps)
        )
    }
}

/// From `start` at 0 to `end` at 1, slowly at both ends.
func interpolateCosine(from start: Double, to end: Double, at fraction: Double) -> Double {
    end + (start - end) * (1 + cos(.pi * fraction)) / 2
}
