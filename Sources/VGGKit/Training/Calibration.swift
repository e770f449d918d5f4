// SPDX-License-Identifier: Apache-2.0

import Checks

/// How far a classifier's confidence is from how often it is right: samples are put into bins by the probability of their
/// prediction, and each bin's mean probability is compared with its accuracy.
///
/// C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
/// https://arxiv.org/abs/1706.04599
public struct Calibration: Sendable, Equatable {
    /// The samples whose confidence lies above `lower` and not above `upper`.
    public struct Bin: Sendable, Equatable {
        public var lower: Double
        public var upper: Double
        public var count = 0
        /// The mean probability of the predictions; 0 without samples.
        public var confidence = 0.0
        /// The share of right predictions; 0 without samples.
        public var accuracy = 0.0

        /// Confidence less accuracy: above 0, the model trusts itself too much.
        public var gap: Double { confidence - accuracy }
    }

    /// Of equal width, from 0 to 1.
    public let bins: [Bin]
    public let count: Int

    /// - Parameters:
    ///   - confidences: 0 … 1; those that are not finite are left out
    ///   - hits: whether each prediction was right, as many
    public init(
        confidences: some Sequence<Float>, hits: some Sequence<Bool>, binCount: Int = 15,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            binCount > 0, "Calibration: bin count \(binCount) must be positive", file: file, line: line)
        var bins = (0..<binCount).map { index in
            Bin(lower: Double(index) / Double(binCount), upper: Double(index + 1) / Double(binCount))
        }
        var total = 0
        for (confidence, isHit) in zip(confidences, hits) where confidence.isFinite {
            let place = (Double(confidence) * Double(binCount)).rounded(.up) - 1
            let index = Int(min(max(place, 0), Double(binCount - 1)))
            bins[index].count += 1
            bins[index].confidence += Double(confidence)
            bins[index].accuracy += isHit ? 1 : 0
            total += 1
        }
        for index in bins.indices where bins[index].count > 0 {
            bins[index].confidence /= Double(bins[index].count)
            bins[index].accuracy /= Double(bins[index].count)
        }
        self.bins = bins
        count = total
    }

    public init(
        _ predictions: Predictions, binCount: Int = 15, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            confidences: predictions.confidences, hits: predictions.hits, binCount: binCount, file: file,
            line: line)
    }

    /// The mean distance of confidence and accuracy over the samples (ECE).
    public var expectedError: Double { mean { abs($0.gap) } }

    /// The largest distance of a bin (MCE); 0 without samples.
    public var maximumError: Double { bins.filter { $0.count > 0 }.map { abs($0.gap) }.max() ?? 0 }

    public var meanConfidence: Double { mean(\.confidence) }

    public var accuracy: Double { mean(\.accuracy) }

    private func mean(_ value: (Bin) -> Double) -> Double {
        bins.reduce(0) { $0 + Double($1.count) * value($1) } / Double(max(1, count))
    }
}
