// SPDX-License-Identifier: Apache-2.0

import Checks

/// Multiplies the learning rate by `factor` when an epoch's metric has not improved for more than `patience`
/// epochs. As `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
/// The metric is the validation loss (the training loss without validation), or the accuracy in mode
/// `maximum`. The learning rate is computed from all metrics so far, so there is no state to keep. In your
/// own loop:
/// ```swift
/// losses.append(validationLoss)
/// optimizer.learningRate = Float(schedule.rate(after: losses, initial: 0.1))
/// ```
public struct ReduceLROnPlateau: Schedule {
    /// Whether a small or a large metric is good. It also selects the metric: loss or accuracy.
    public enum Mode: String, Sendable {
        /// The smaller the better: losses.
        case minimum
        /// The larger the better: accuracies.
        case maximum
    }

    /// By how much a metric must be better than the best so far to count.
    public enum Threshold: Sendable, Equatable {
        /// By this share of the best.
        case relative(Double)
        case absolute(Double)
    }

    /// `.minimum` reads the epochs' loss, `.maximum` their accuracy.
    public let mode: Mode
    /// The factor of the learning rate, below 1.
    public let factor: Double
    /// How many epochs in a row may pass without an improvement. One more lowers the learning rate.
    public let patience: Int
    /// By how much a metric must be better than the best so far to be an improvement.
    public let threshold: Threshold
    /// For this many epochs after a change, no epoch counts as bad.
    public let cooldown: Int
    /// The learning rate is never lowered below this one.
    public let minimumRate: Double
    /// A change of the learning rate by no more than this is not made.
    public let epsilon: Double

    /// The defaults are PyTorch's.
    /// - Parameters:
    ///   - factor: below 1
    ///   - patience: epochs in a row without an improvement that do not lower the learning rate
    ///   - cooldown: for this many epochs after a change, no epoch counts as bad
    ///   - epsilon: a change of the learning rate by no more than this is not made
    public init(
        mode: Mode = .minimum, factor: Double = 0.1, patience: Int = 10,
        threshold: Threshold = .relative(1e-4),
        cooldown: Int = 0, minimumRate: Double = 0, epsilon: Double = 1e-8, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(factor < 1, "ReduceLROnPlateau: factor \(factor) must be below 1", file: file, line: line)
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.minimumRate = minimumRate
        self.epsilon = epsilon
    }

    /// The learning rate after epochs with these metrics, for a group that began with the learning rate
    /// `initial`.
    public func rate(after metrics: [Double], initial: Double) -> Double {
        var rate = initial
        var best = mode == .minimum ? Double.infinity : -.infinity
        var (badEpochs, cooling) = (0, 0)
        for metric in metrics {
            if isBetter(metric, than: best) {
                best = metric
                badEpochs = 0
            } else {
                badEpochs += 1
            }
            if cooling > 0 {
                cooling -= 1
                badEpochs = 0
            }
            if badEpochs > patience {
                let lower = max(rate * factor, minimumRate)
                if rate - lower > epsilon { rate = lower }
                cooling = cooldown
                badEpochs = 0
            }
        }
        return rate
    }

    private func isBetter(_ metric: Double, than best: Double) -> Bool {
        switch (mode, threshold) {
        case (.minimum, .relative(let share)): metric < best * (1 - share)
        case (.minimum, .absolute(let distance)): metric < best - distance
        case (.maximum, .relative(let share)): metric > best * (1 + share)
        case (.maximum, .absolute(let distance)): metric > best + distance
        }
    }

    public func apply(to optimizer: any Optimizer, step: Int, epoch: Int, metrics: [EpochMetrics]) {
        let metrics = metrics.prefix(epoch).map { mode == .minimum ? $0.loss : $0.accuracy }
        for index in optimizer.groups.indices {
            let initial = Double(optimizer.groups[index].initialLearningRate)
            optimizer.groups[index].learningRate = Float(rate(after: metrics, initial: initial))
        }
    }
}
