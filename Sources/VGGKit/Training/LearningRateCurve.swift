// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// The loss over increasing learning rates, as `LearningRateFinder` measures it, and the learning rates that
/// it suggests.
public struct LearningRateCurve: Sendable, Equatable, Codable {
    /// The measurement at one learning rate.
    public struct Measurement: Sendable, Equatable, Codable {
        /// The learning rate of the step; the highest, if there are several parameter groups.
        public var learningRate: Double
        /// The loss of the step's images, before the step with this learning rate.
        public var loss: Double
        /// The exponential moving average of the losses of this batch and those before.
        public var smoothedLoss: Double

        /// - Parameter smoothedLoss: the moving average over this batch and those before
        public init(learningRate: Double, loss: Double, smoothedLoss: Double) {
            self.learningRate = learningRate
            self.loss = loss
            self.smoothedLoss = smoothedLoss
        }
    }

    /// The measurements, in the order of increasing learning rates.
    public private(set) var measurements: [Measurement]
    /// Whether the loss diverged at the last learning rate.
    public private(set) var diverged = false
    private var average = 0.0
    private var lowest = Double.infinity

    /// - Parameter measurements: of learning rates above 0, in increasing order
    public init(
        _ measurements: [Measurement] = [], file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            Self.areLearningRates(measurements),
            "LearningRateCurve: learning rates should be above 0, finite and rising", file: file, line: line)
        self.measurements = measurements
    }

    private static func areLearningRates(_ measurements: [Measurement]) -> Bool {
        measurements.allSatisfy { $0.learningRate > 0 && $0.learningRate.isFinite }
            && zip(measurements, measurements.dropFirst()).allSatisfy { $0.learningRate < $1.learningRate }
    }

    public static func == (first: LearningRateCurve, second: LearningRateCurve) -> Bool {
        first.measurements == second.measurements && first.diverged == second.diverged
    }

    private enum CodingKeys: CodingKey { case measurements, diverged }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        measurements = try container.decode([Measurement].self, forKey: .measurements)
        diverged = try container.decode(Bool.self, forKey: .diverged)
        guard Self.areLearningRates(measurements) else {
            throw DecodingError.dataCorruptedError(
                forKey: .measurements, in: container,
                debugDescription: "learning rates should be above 0, finite and rising")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(measurements, forKey: .measurements)
        try container.encode(diverged, forKey: .diverged)
    }

    /// - Parameter smoothing: the share of the average that each measurement keeps. A correction for the
    ///   first measurements prevents a bias towards 0
    mutating func add(_ loss: Double, at rate: Double, smoothing: Double) {
        average = smoothing * average + (1 - smoothing) * loss
        let weight = 1 - pow(smoothing, Double(measurements.count + 1))
        let smoothed = average / weight
        measurements.append(Measurement(learningRate: rate, loss: loss, smoothedLoss: smoothed))
        if smoothed.isFinite { lowest = min(lowest, smoothed) }
    }

    mutating func hasDiverged(beyond factor: Double) -> Bool {
        let last = measurements.last!.smoothedLoss
        diverged = !last.isFinite || last > factor * lowest
        return diverged
    }

    /// The learning rate to train with; nil if none lowers the loss. It is `valley`.
    public var suggestion: Double? { valley }

    /// The learning rate at which the loss falls fastest, on a logarithmic axis.
    public var steepest: Double? {
        let points = considered
        let slopes = zip(points, points.dropFirst()).map { now, next in
            (next.smoothedLoss - now.smoothedLoss) / log(next.learningRate / now.learningRate)
        }
        guard let best = slopes.indices.min(by: { slopes[$0] < slopes[$1] }), slopes[best] < 0 else {
            return nil
        }
        return points[best].learningRate
    }

    /// A tenth of the learning rate with the lowest loss. The factor is the usual safety margin, because
    /// training diverges soon after the lowest loss.
    public var minimumTenth: Double? {
        guard steepest != nil, let lowest = considered.min(by: { $0.smoothedLoss < $1.smoothedLoss }) else {
            return nil
        }
        return lowest.learningRate / 10
    }

    /// The learning rate halfway through the longest fall of the loss; single rises within it are ignored. As
    /// fastai's `valley`.
    public var valley: Double? {
        let points = considered
        let (end, length) = Self.longestFall(points.map(\.smoothedLoss))
        guard length > 1 else { return nil }
        let third = Double(length) / 3
        return points[max(0, end - length + Int(third) + Int(third / 2))].learningRate
    }

    /// The longest falling subsequence, which may skip values: the index of its end, and its length.
    private static func longestFall(_ values: [Double]) -> (end: Int, length: Int) {
        var lengths: [Int] = []
        for value in values {
            var longest = 0
            for (before, length) in zip(values, lengths) where before > value && length > longest {
                longest = length
            }
            lengths.append(longest + 1)
        }
        guard let length = lengths.max(), let end = lengths.firstIndex(of: length) else { return (0, 0) }
        return (end, length)
    }

    /// The measurements without the first tenth, where the average is still noisy, and the last five, where
    /// the loss grows.
    private var considered: [Measurement] {
        let finite = Array(measurements.prefix { $0.smoothedLoss.isFinite })
        return finite.count > 20 ? Array(finite.dropFirst(finite.count / 10).dropLast(5)) : finite
    }

    /// The measurements as CSV, one line per batch.
    public var csv: String {
        let lines = measurements.map { measurement in
            [measurement.learningRate, measurement.loss, measurement.smoothedLoss].map { Decimals.short($0) }
                .joined(separator: ",")
        }
        return (["learning_rate,loss,smoothed_loss"] + lines).joined(separator: "\n") + "\n"
    }
}
