// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension HTMLReport {
    /// The most important numbers.
    var headline: HTML? {
        let tiles = evaluation.map(tiles) ?? history.map(tiles) ?? []
        return tiles.isEmpty ? nil : "<dl class=\"headline\">\(tiles)</dl>"
    }

    private func tiles(_ evaluation: Evaluation) -> [HTML] {
        let interval = Self.wilsonInterval(
            hits: Int((evaluation.accuracy * Double(evaluation.count)).rounded()), of: evaluation.count)
        let classCount = evaluation.confusion.classes.count
        var tiles = [
            Self.tile(
                "accuracy", Words.percent(evaluation.accuracy),
                evaluation.count == 0
                    ? "no photos"
                    : "95 % interval \(Words.number(100 * interval.lowerBound, decimals: 1)) to \(Words.percent(interval.upperBound))",
                isFirst: true)
        ]
        if classCount > Predictions.largestDepth {
            tiles.append(
                Self.tile("top five", Words.percent(evaluation.topFive), "label among the first five"))
        }
        return tiles + [
            Self.tile(
                "mean F1", Words.percent(evaluation.confusion.meanF1),
                "over \(Words.plural(classCount, "class", "classes"))"),
            Self.tile(
                "loss", Words.number(evaluation.loss),
                "cross entropy, chance is \(Words.number(log(Double(max(1, classCount))), decimals: 2))"),
            Self.tile(
                "calibration error", Words.percent(evaluation.calibration.expectedError),
                "of the confidence, expected"),
            Self.tile(
                "photos", Words.count(evaluation.count),
                evaluation.skipped.isEmpty
                    ? "all could be read" : "\(evaluation.skipped.count) could not be read"
            ),
        ]
    }

    private func tiles(_ history: History) -> [HTML] {
        guard let best = history.best else { return [] }
        return [
            Self.tile(
                "accuracy", Words.percent(best.validationAccuracy ?? best.trainAccuracy),
                best.validationAccuracy == nil ? "on what it was trained on" : "validation", isFirst: true),
            Self.tile("loss", Words.number(best.validationLoss ?? best.trainLoss), lossName),
            Self.tile("best epoch", "\(best.number)", "of \(history.epochs.count)"),
        ]
    }

    private static func tile(_ name: String, _ value: String, _ remark: String, isFirst: Bool = false) -> HTML
    {
        """
        <div\(isFirst ? " class=\"first\"" as HTML : "")><dt>\(name)</dt><dd class="number">\(value)</dd>\
        <dd class="remark">\(remark)</dd></div>
        """
    }

    /// The 95 % confidence interval (Wilson) of a population's share, if a sample of `count` has `hits`.
    ///
    /// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 1927.
    package static func wilsonInterval(hits: Int, of count: Int) -> ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        let (z, n) = (1.959964, Double(count))
        let share = Double(hits) / n
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let reach = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, middle - reach)...min(1, middle + reach)
    }
}
