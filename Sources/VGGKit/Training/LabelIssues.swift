// SPDX-License-Identifier: Apache-2.0

/// A sample that looks like another class than its label says.
public struct LabelIssue: Sendable, Equatable {
    /// Where in the data set the sample stands.
    public var sample: Int
    public var label: Int
    public var labelProbability: Float
    /// The class that it looks like.
    public var suggestion: Int
    public var suggestionProbability: Float

    /// By how much the suggestion is more probable than the label: the larger, the more the label is to be doubted.
    public var margin: Float { suggestionProbability - labelProbability }
}

extension Predictions {
    /// The samples whose labels are to be doubted, the most doubtful first.
    ///
    /// By confident learning: a model is as sure of a class as it is, on average, of the samples with that label. A sample is
    /// listed if its prediction is another class than its label, and at least as sure as that. The measure adapts to classes
    /// that are hard and to models that trust themselves too much or too little.
    ///
    /// C. G. Northcutt, L. Jiang, I. L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021.
    /// https://arxiv.org/abs/1911.00068
    public var labelIssues: [LabelIssue] {
        var sums: [Int: (total: Double, count: Double)] = [:]
        for prediction in self where prediction.labelProbability.isFinite {
            sums[prediction.label, default: (0, 0)].total += Double(prediction.labelProbability)
            sums[prediction.label]!.count += 1
        }
        let issues = compactMap { prediction -> LabelIssue? in
            // Without samples of its own, nothing says how sure of a class is sure enough.
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
