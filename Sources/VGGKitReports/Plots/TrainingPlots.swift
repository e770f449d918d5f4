// SPDX-License-Identifier: Apache-2.0

internal import Drawing
import Files
import Foundation
import VGGKit

/// The curves of a training run over its epochs: `loss` and `acc`, each as PNG and as SVG.
public struct TrainingPlots: Sendable {
    /// The loss over the epochs. The lowest validation loss is marked, unless runs are compared.
    public let loss: LinePlot
    /// The accuracy in percent over the epochs. The best of validation is marked, unless runs are compared.
    public let accuracy: LinePlot

    /// Each array has one value per epoch; accuracies are shares, 0 … 1. The validation curve has gaps where
    /// values are not finite. It is not drawn if it has no finite values.
    public init(
        trainLoss: [Double], validationLoss: [Double], trainAccuracy: [Double], validationAccuracy: [Double]
    ) {
        var loss = LinePlot.losses(Self.series(trainLoss, validationLoss))
        var accuracy = LinePlot.accuracies(
            Self.series(trainAccuracy.map { 100 * $0 }, validationAccuracy.map { 100 * $0 }))
        loss.marks = Self.best(of: loss, "lowest", validationLoss) { Decimals.fixed($0, 3) }
        // Equal accuracies are decided by the loss, as in `History.best`.
        accuracy.marks = Self.best(
            of: accuracy, "best", validationAccuracy.map { -$0 }, then: validationLoss
        ) { Decimals.percent($0 / 100) }
        self.loss = loss
        self.accuracy = accuracy
    }

    /// Compares runs: their validation curves, or their training curves if there was no validation.
    public init(comparing runs: [(name: String, history: History)]) {
        loss = .losses(
            runs.map { run in
                LinePlot.Series(run.name, run.history.epochs.map { $0.validationLoss ?? $0.trainLoss })
            })
        accuracy = .accuracies(
            runs.map { run in
                LinePlot.Series(
                    run.name, run.history.epochs.map { 100 * ($0.validationAccuracy ?? $0.trainAccuracy) })
            })
    }

    /// A file format.
    public enum Format: String, Sendable, CaseIterable { case png, svg, jpg }

    /// Writes `loss` and `acc` into a folder, which is created if necessary.
    /// - Parameter formats: `loss.png`, `loss.svg`, `acc.png` and `acc.svg` by default
    /// - Throws: `FileError`, `DrawingError`, `ImageError`
    public func write(to folder: URL, as formats: [Format] = [.png, .svg]) throws {
        try makeFolder(folder)
        for (name, plot) in [("loss", loss), ("acc", accuracy)] {
            for format in formats {
                let url = folder.appending(path: "\(name).\(format)")
                guard format == .jpg else {
                    try plot.write(to: url)
                    continue
                }
                let bitmap = plot.bitmap()
                // Thin coloured lines would fade with chroma subsampling.
                try Image(width: bitmap.width, height: bitmap.height, channels: 3, pixels: bitmap.pixels)
                    .write(to: url, quality: 95, subsampling: .none)
            }
        }
    }

    private static func series(_ train: [Double], _ validation: [Double]) -> [LinePlot.Series] {
        let curves = [LinePlot.Series("training", train)]
        return validation.contains(where: \.isFinite)
            ? curves + [LinePlot.Series("validation", validation)] : curves
    }

    /// The first point of the validation curve with the lowest number in `order`; of equal ones, with the
    /// lowest in `ties`.
    private static func best(
        of plot: LinePlot, _ word: String, _ order: [Double], then ties: [Double]? = nil,
        _ text: (Double) -> String
    ) -> [LinePlot.Mark] {
        guard plot.series.count == 2 else { return [] }
        let values = plot.series[1].values
        func key(_ index: Int) -> (Double, Double) {
            let tie = ties.map { $0.indices.contains(index) ? $0[index] : .infinity } ?? 0
            return (order[index], tie.isFinite ? tie : .infinity)
        }
        let candidates = values.indices.filter { order[$0].isFinite }
        guard let best = candidates.min(by: { key($0) < key($1) }) else { return [] }
        return [
            LinePlot.Mark(series: 1, index: best, label: "\(word): \(text(values[best])), epoch \(best + 1)")
        ]
    }
}

extension LinePlot {
    fileprivate static func losses(_ series: [Series]) -> LinePlot {
        var plot = LinePlot(title: "Loss", xLabel: "epoch", yLabel: "cross entropy", series: series)
        plot.yRange = 0...0.1
        return plot
    }

    /// A plot of values in percent.
    fileprivate static func accuracies(_ series: [Series]) -> LinePlot {
        var plot = LinePlot(title: "Accuracy", xLabel: "epoch", yLabel: "share correct", series: series)
        plot.unit = " %"
        plot.yRange = 0...100
        return plot
    }
}
