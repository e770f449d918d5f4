// SPDX-License-Identifier: Apache-2.0

import Checks

/// The calibration of a classifier: whether its confidence equals its accuracy. Samples are put into bins by
/// the probability of their prediction, and each bin's mean probability is compared with its accuracy.
///
/// C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
/// https://arxiv.org/abs/1706.04599
public struct Calibration: Sendable, Equatable {
    /// The samples whose confidence lies above `lower` and not above `upper`.
    public struct Bin: Sendable, Equatable {
        /// The lower bound of the bin's confidence, exclusive; but 0 is in the first bin.
        public var lower: Double
        /// The upper bound of the bin's confidence, inclusive.
        public var upper: Double
        /// The number of samples in the bin.
        public var count = 0
        /// The mean probability of the predictions; 0 without samples.
        public var confidence = 0.0
        /// The share of right predictions; 0 without samples.
        public var accuracy = 0.0

        /// Confidence minus accuracy; above 0, the model is overconfident.
        public var gap: Double { confidence - accuracy }
    }

    /// The bins, of equal width, from 0 to 1.
    public let bins: [Bin]
    /// The number of samples that were counted.
    public let count: Int

    /// - Parameters:
    ///   - confidences: the probabilities of the predictions, 0 … 1; those that are not finite are skipped
    ///   - hits: for each of them, whether the prediction was right
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
            let position = (Double(confidence) * Double(binCount)).rounded(.up) - 1
            let index = Int(min(max(position, 0), Double(binCount - 1)))
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

    /// The calibration of the predictions of `evaluate`: `evaluation.predictions`.
    public init(
        _ predictions: Predictions, binCount: Int = 15, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            confidences: predictions.confidences, hits: predictions.hits, binCount: binCount, file: file,
            line: line)
    }

    /// The expected calibration error (ECE): the mean distance of confidence and accuracy over the samples.
    public var expectedError: Double { mean { abs($0.gap) } }

    /// The maximum calibration error (MCE): the largest distance in a bin; 0 without samples.
    public var maximumError: Double { bins.filter { $0.count > 0 }.map { abs($0.gap) }.max() ?? 0 }

    /// The mean probability of the predictions; 0 without samples.
    public var meanConfidence: Double { mean(\.confidence) }

    /// The share of right predictions; 0 without samples.
    public var accuracy: Double { mean(\.accuracy) }

    private func mean(_ value: (Bin) -> Double) -> Double {
        bins.reduce(0) { $0 + Double($1.count) * value($1) } / Double(max(1, count))
    }
}
