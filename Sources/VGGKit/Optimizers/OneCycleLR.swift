// SPDX-License-Identifier: Apache-2.0

import Checks

/// Raises the learning rate from maximumRate / `divisor` to `maximumRate` over the first `share` of the run,
/// then lowers it to 1/`finalDivisor` of the initial value; the momentum changes in the opposite direction.
/// It counts steps, not epochs. As `torch.optim.lr_scheduler.OneCycleLR`: the learning rates and momenta that
/// the optimizer was made with do not matter.
///
/// L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning
/// Rates", 2018. https://arxiv.org/abs/1708.07120
public struct OneCycleLR: ClosedFormSchedule {
    /// The curve along which the learning rate rises and falls. As PyTorch's `anneal_strategy`.
    public enum Annealing: String, Sendable { case cosine, linear }

    /// The highest learning rate of each parameter group, or one for all.
    public let maximumRates: [Double]
    /// How many steps of the optimizer the run makes.
    public let totalSteps: Int
    /// The share of the run in which the learning rate rises, 0 … 1. As PyTorch's `pct_start`.
    public let share: Double
    /// The curve along which the learning rate rises and falls.
    public let annealing: Annealing
    /// The lowest and the highest momentum; nil leaves it alone.
    public let momentumRange: ClosedRange<Double>?
    /// The highest learning rate divided by the first one. As PyTorch's `div_factor`.
    public let divisor: Double
    /// The first learning rate divided by the last one. As PyTorch's `final_div_factor`.
    public let finalDivisor: Double
    /// Whether the learning rate first falls back to its initial value, symmetrically to the rise, and only
    /// then to the last value.
    public let threePhase: Bool
    public var unit: ScheduleUnit { .step }

    /// One highest learning rate for all parameter groups.
    /// - Parameters:
    ///   - totalSteps: steps of the optimizer in the run; positive
    ///   - share: the share of the run in which the learning rate rises, 0 … 1
    ///   - momentumRange: the lowest and the highest momentum, or Adam's β₁; nil leaves it alone
    public init(
        maximumRate: Double, totalSteps: Int, share: Double = 0.3, annealing: Annealing = .cosine,
        momentumRange: ClosedRange<Double>? = 0.85...0.95, divisor: Double = 25, finalDivisor: Double = 1e4,
        threePhase: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            maximumRates: [maximumRate], totalSteps: totalSteps, share: share, annealing: annealing,
            momentumRange: momentumRange, divisor: divisor, finalDivisor: finalDivisor,
            threePhase: threePhase,
            file: file, line: line)
    }

    /// A highest learning rate for each parameter group, in their order.
    /// - Parameters:
    ///   - totalSteps: steps of the optimizer in the run; positive
    ///   - share: the share of the run in which the learning rate rises, 0 … 1
    ///   - momentumRange: the lowest and the highest momentum, or Adam's β₁; nil leaves it alone
    public init(
        maximumRates: [Double], totalSteps: Int, share: Double = 0.3, annealing: Annealing = .cosine,
        momentumRange: ClosedRange<Double>? = 0.85...0.95, divisor: Double = 25, finalDivisor: Double = 1e4,
        threePhase: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            totalSteps > 0, "OneCycleLR: total steps \(totalSteps) must be positive", file: file,
            line: line)
        check(
            share >= 0 && share <= 1, "OneCycleLR: share \(share) must lie in 0...1", file: file, line: line)
        check(
            !maximumRates.isEmpty && maximumRates.allSatisfy { $0 >= 0 && $0.isFinite },
            "OneCycleLR: maximum learning rates \(maximumRates) must be 0 or more, at least one", file: file,
            line: line)
        self.maximumRates = maximumRates
        self.totalSteps = totalSteps
        self.share = share
        self.annealing = annealing
        self.momentumRange = momentumRange
        self.divisor = divisor
        self.finalDivisor = finalDivisor
        self.threePhase = threePhase
    }

    public func rate(after count: Int, group: Int, initial: Double) -> Double {
        check(
            maximumRates.count == 1 || maximumRates.indices.contains(group),
            "OneCycleLR: there are \(maximumRates.count) maximum learning rates, none for parameter group \(group)"
        )
        let maximum = maximumRates.count == 1 ? maximumRates[0] : maximumRates[group]
        let start = maximum / divisor
        return value(after: count, low: start, high: maximum, final: start / finalDivisor)
    }

    public func momentum(after count: Int) -> Double? {
        momentumRange.map {
            value(after: count, low: $0.upperBound, high: $0.lowerBound, final: $0.upperBound)
        }
    }

    /// A value that goes from `low` to `high`, then to `final`, and stays there.
    private func value(after count: Int, low: Double, high: Double, final: Double) -> Double {
        let total = Double(totalSteps)
        let peak = share * total - 1
        let phases =
            threePhase
            ? [(peak, low, high), (2 * share * total - 2, high, low), (total - 1, low, final)]
            : [(peak, low, high), (total - 1, high, final)]
        var begin = 0.0
        for (index, (end, from, to)) in phases.enumerated() {
            if Double(count) <= end || index == phases.count - 1 {
                let fraction = end > begin ? min(1, (Double(count) - begin) / (end - begin)) : 1
                return annealing == .cosine
                    ? interpolateCosine(from: from, to: to, at: fraction) : from + (to - from) * fraction
            }
            begin = end
        }
        return final
    }
}
