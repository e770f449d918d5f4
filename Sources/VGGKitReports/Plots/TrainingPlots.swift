// SPDX-License-Identifier: Apache-2.0

internal import Drawing
import Files
import Foundation
import VGGKit

/// The curves of a training run over its epochs: `loss` and `acc`, each as PNG and as SVG.
public struct TrainingPlots: Sendable {
    public let loss: LinePlot
    public let accuracy: LinePlot

    /// Each array has a value an epoch; accuracies are shares, 0 … 1. Validation is left out of the pictures where it has
    /// no values; where single ones are not finite, its curve has a gap.
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

    /// Runs side by side: the curves of their validation, of their training where nothing was validated.
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

    /// A kind of file.
    public enum Format: String, Sendable, CaseIterable { case png, svg, jpg }

    /// Writes `loss` and `acc` into a folder, which is made if it is missing.
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
                // Thin coloured lines keep their colour only where it is not halved.
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

    /// The first point of the validation curve with the lowest number in `order`; of equal ones, with the lowest in `ties`.
    private static func best(
        of plot: LinePlot, _ word: String, _ order: [Double], then ties: [Double]? = nil,
        _ text: (Double) -> String
    ) -> [LinePlot.Mark] {
        guard plot.series.count == 2 else { return [] }
        let values = plot.series[1].values
        func key(_ index: Int) -> (Double, Double) {
            let tie = ties?[index] ?? 0
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

    /// Of values in percent.
    fileprivate static func accuracies(_ series: [Series]) -> LinePlot {
        var plot = LinePlot(title: "Accuracy", xLabel: "epoch", yLabel: "share correct", series: series)
        plot.unit = " %"
        plot.yRange = 0...100
        return plot
    }
}
