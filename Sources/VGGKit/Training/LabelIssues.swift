// SPDX-License-Identifier: Apache-2.0

/// A sample whose label may be wrong: the model finds another class.
public struct LabelIssue: Sendable, Equatable {
    /// The sample's index in the data set.
    public var sample: Int
    /// The class that the data set gives the sample.
    public var label: Int
    /// The probability of the label, 0 … 1, according to the model.
    public var labelProbability: Float
    /// The class that the model finds instead.
    public var suggestion: Int
    /// The probability of the suggestion, 0 … 1, according to the model.
    public var suggestionProbability: Float

    /// The probability of the suggestion minus that of the label. The larger, the more doubtful the label.
    public var margin: Float { suggestionProbability - labelProbability }
}

extension Predictions {
    /// The samples with doubtful labels, the most doubtful first.
    ///
    /// By confident learning. The threshold of a class is the model's mean probability for it over the
    /// samples with that label. A sample is listed if its prediction differs from its label, and if the
    /// prediction's probability reaches the threshold of the predicted class. So the measure adapts to hard
    /// classes, and to models that are over- or underconfident.
    ///
    /// C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset
    /// Labels", JAIR 2021. https://arxiv.org/abs/1911.00068
    public var labelIssues: [LabelIssue] {
        var sums: [Int: (total: Double, count: Double)] = [:]
        for prediction in self where prediction.labelProbability.isFinite {
            sums[prediction.label, default: (0, 0)].total += Double(prediction.labelProbability)
            sums[prediction.label]!.count += 1
        }
        let issues = compactMap { prediction -> LabelIssue? in
            // A class without samples has no threshold.
            guard !prediction.isHit, let own = sums[prediction.prediction],
                Double(prediction.confidence) >= own.total / own.count, prediction.labelProbability.isFinite
            else { return nil }
            return LabelIssue(
                sample: prediction.sample, label: prediction.label,
                labelProbability: prediction.labelProbability, suggestion: prediction.prediction,
                suggestionProbability: prediction.confidence)
        }
        return issues.sorted { ($1.margin, $0.sample) < ($0.margin, $1.sample) }
    }
}
