// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TestSupport
import Testing
import VGGKit
import VGGKitReports

@Suite struct PlotTests {
    private func plot(_ values: [Double]) -> LinePlot {
        LinePlot(
            title: "Loss", xLabel: "epoch", yLabel: "loss", series: [LinePlot.Series("training", values)])
    }

    /// The blue of the first curve, inside the axes.
    private func bluePixels(_ plot: LinePlot, below top: Int = 70) -> [(x: Int, y: Int)] {
        let bitmap = plot.bitmap(scale: 1)
        return (top..<340).flatMap { y in
            (60..<630).compactMap { x in
                let index = 3 * (y * bitmap.width + x)
                let (red, blue) = (bitmap.pixels[index], bitmap.pixels[index + 2])
                return red < 40 && blue > 150 ? (x, y) : nil
            }
        }
    }

    @Test func drawsACurveDownwardsAsTheLossFalls() throws {
        let points = bluePixels(plot([3, 2, 1]))
        let first = try #require(points.min { $0.x < $1.x })
        let last = try #require(points.max { $0.x < $1.x })
        #expect(last.x - first.x > 450)
        #expect(last.y - first.y > 80)
    }

    @Test func showsASinglePoint() {
        #expect(bluePixels(plot([0.7])).count > 25)
        #expect(bluePixels(plot([.nan, 0.7, .nan])).count > 25)
    }

    @Test func leavesGapsWhereThereAreNoNumbers() {
        let columns = Set(bluePixels(plot([1, 1, .nan, .nan, 1, 1])).map(\.x))
        #expect(!columns.isEmpty && !columns.contains(345))
        #expect(Set(bluePixels(plot([1, 1, 1, 1, 1, 1])).map(\.x)).contains(345))
    }

    @Test(arguments: [
        [], [.nan], [.infinity, -.infinity], [0], [1e30, 1e-30], [Double](repeating: 2, count: 10_000),
    ])
    func drawsAnyValues(_ values: [Double]) {
        #expect(plot(values).bitmap().width == 1280)
        #expect(!plot(values).svgData.isEmpty)
    }

    @Test func writesLossAndAccuracyBothWays() throws {
        let folder = TemporaryFolder()
        try TrainingPlots(
            trainLoss: [1.5, 1], validationLoss: [1.4, .nan], trainAccuracy: [0.3, 0.6],
            validationAccuracy: [0.4, 0.5]
        ).write(to: folder.url)
        #expect(folder.names == ["acc.png", "acc.svg", "loss.png", "loss.svg"])
    }

    @Test func namesTheBestEpochs() {
        let plots = TrainingPlots(
            trainLoss: [2, 1, 0.5], validationLoss: [1.5, .nan, 1.25], trainAccuracy: [0, 0.5, 1],
            validationAccuracy: [0.25, 0.75, 0.75])
        #expect(plots.loss.marks.map(\.label) == ["lowest: 1.250, epoch 3"])
        #expect(plots.accuracy.marks.map(\.label) == ["best: 75.0 %, epoch 3"])
    }

    /// As `History.best`: of equal accuracies the lower loss decides, and of equal losses who was first.
    @Test(arguments: [
        ([(0.9, 0.5), (0.8, 0.7), (0.7, 0.6)], 2), ([(0.9, 0.7), (0.7, 0.7), (0.8, 0.7)], 2),
        ([(0.7, 0.7), (0.7, 0.7)], 1), ([(0.9, 0.6), (0.5, 0.5)], 1), ([(.nan, 0.7), (0.9, 0.7)], 2),
        ([(0.9, 0.7), (-Double.nan, 0.7)], 1),
    ])
    func theMarkedEpochIsTheHistorysBest(epochs: [(Double, Double)], best: Int) {
        var history = History()
        history.epochs = epochs.enumerated().map { index, epoch in
            History.Epoch(
                number: index + 1, learningRate: 0.1, trainLoss: 1 - 0.1 * Double(index), trainAccuracy: 0.5,
                validationLoss: epoch.0, validationAccuracy: epoch.1)
        }
        #expect(history.best?.number == best)
        #expect(TrainingPlots(history).accuracy.marks.map(\.index) == [best - 1])
    }

    @Test func aLegendTakesAsManyLinesAsItNeeds() {
        func top(_ others: Int) -> Int? {
            var plot = plot([3, 2, 1])
            plot.series += (0..<others).map { LinePlot.Series("a run with quite a long name \($0)", [1]) }
            return bluePixels(plot, below: 56).map(\.y).min()
        }
        // One line holds two of these names after the first curve's, and each further line is 18 points high.
        #expect(top(0) == top(2))
        #expect(top(3).map { $0 - 18 } == top(2))
    }

    @Test func putsRunsSideBySide() {
        var validated = History()
        validated.epochs = [
            .init(
                number: 1, learningRate: 1, trainLoss: 2, trainAccuracy: 0.1, validationLoss: 1.5,
                validationAccuracy: 0.25),
            .init(
                number: 2, learningRate: 1, trainLoss: 1, trainAccuracy: 0.5, validationLoss: 1.25,
                validationAccuracy: 0.75),
        ]
        var trained = History()
        trained.epochs = [.init(number: 1, learningRate: 1, trainLoss: 2, trainAccuracy: 0.5)]
        let plots = TrainingPlots(comparing: [("a", validated), ("b", trained)])
        #expect(plots.loss.series == [.init("a", [1.5, 1.25]), .init("b", [2])])
        #expect(plots.accuracy.series == [.init("a", [25, 75]), .init("b", [50])])
    }

    @Test func leavesOutWhatWasNotValidated() {
        let plots = TrainingPlots(
            trainLoss: [1], validationLoss: [.nan], trainAccuracy: [0.5], validationAccuracy: [.nan])
        #expect(plots.loss.series.map(\.name) == ["training"] && plots.loss.marks.isEmpty)
        #expect(plots.accuracy.series.map(\.name) == ["training"])
    }

    /// A mark of a value that is not drawn changes nothing, its label included.
    @Test func marksOfWhatIsNotDrawnAreNotDrawn() throws {
        let plain = LinePlot(title: "t", xLabel: "x", yLabel: "y", series: [.init("a", [1, .nan, 3])])
        var marked = plain
        marked.marks = [(0, 1), (0, 3), (0, -1), (1, 0), (-1, 0)].map {
            .init(series: $0, index: $1, label: "m")
        }
        let folder = TemporaryFolder()
        func drawing(_ plot: LinePlot, _ name: String) throws -> Data {
            try plot.write(to: folder.url.appending(path: name))
            return try Data(contentsOf: folder.url.appending(path: name))
        }
        let before = try drawing(plain, "plain.svg")
        #expect(try drawing(marked, "marked.svg") == before)
        marked.marks.append(.init(series: 0, index: 2, label: "m"))
        #expect(try drawing(marked, "ringed.svg") != before)
    }

    @Test func fewerLossesThanAccuraciesAreNoMistake() {
        let plots = TrainingPlots(
            trainLoss: [1, 1, 1], validationLoss: [2], trainAccuracy: [0, 0, 0],
            validationAccuracy: [0.5, 0.7, 0.7])
        #expect(plots.accuracy.marks.map(\.index) == [1])
    }
}
