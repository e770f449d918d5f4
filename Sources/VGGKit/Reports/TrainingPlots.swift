// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation

/// The curves of a training run over its epochs: `loss` and `acc`, each as PNG and as SVG.
public struct TrainingPlots: Sendable {
    public let loss: LinePlot
    public let accuracy: LinePlot

    /// Each array has a value an epoch; accuracies are shares, 0 … 1. Validation is left out of the pictures where it has
    /// no values; where single ones are not finite, its curve has a gap.
    public init(
        trainLoss: [Double], validationLoss: [Double], trainAccuracy: [Double], validationAccuracy: [Double]
    ) {
        var loss = LinePlot(
            title: "Loss", xLabel: "epoch", yLabel: "cross entropy",
            series: Self.series(trainLoss, validationLoss))
        var accuracy = LinePlot(
            title: "Accuracy", xLabel: "epoch", yLabel: "share correct",
            series: Self.series(trainAccuracy.map { 100 * $0 }, validationAccuracy.map { 100 * $0 }))
        accuracy.unit = " %"
        accuracy.yRange = 0...100
        loss.yRange = 0...0.1
        loss.marks = Self.best(of: loss, "lowest", by: <) { String(format: "%.3f", $0) }
        accuracy.marks = Self.best(of: accuracy, "best", by: >) { String(format: "%.1f %%", $0) }
        self.loss = loss
        self.accuracy = accuracy
    }

    /// Writes `loss.png`, `loss.svg`, `acc.png` and `acc.svg` into a folder that is there.
    public func write(to folder: URL) throws(DrawingError) {
        for (name, plot) in [("loss", loss), ("acc", accuracy)] {
            try plot.write(to: folder.appending(path: "\(name).png"))
            try plot.write(to: folder.appending(path: "\(name).svg"))
        }
    }

    private static func series(_ train: [Double], _ validation: [Double]) -> [LinePlot.Series] {
        let curves = [LinePlot.Series("training", train)]
        return validation.contains(where: \.isFinite)
            ? curves + [LinePlot.Series("validation", validation)] : curves
    }

    /// The first of the best values of the validation curve.
    private static func best(
        of plot: LinePlot, _ word: String, by isBetter: (Double, Double) -> Bool, _ text: (Double) -> String
    ) -> [LinePlot.Mark] {
        guard plot.series.count == 2 else { return [] }
        let values = plot.series[1].values
        guard let best = values.filter(\.isFinite).min(by: isBetter), let index = values.firstIndex(of: best)
        else {
            return []
        }
        return [LinePlot.Mark(series: 1, index: index, label: "\(word): \(text(best)), epoch \(index + 1)")]
    }
}
