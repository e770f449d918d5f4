// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct HistoryTests {
    private func history(_ epochs: [(loss: Double?, accuracy: Double?)]) -> History {
        var history = History()
        history.epochs = epochs.enumerated().map { index, epoch in
            History.Epoch(
                number: index + 1, learningRate: 0.1, trainLoss: 1 - 0.1 * Double(index), trainAccuracy: 0.5,
                validationLoss: epoch.loss, validationAccuracy: epoch.accuracy)
        }
        return history
    }

    @Test(arguments: [
        ([(0.9, 0.5), (0.8, 0.7), (0.7, 0.6)], 2),
        // Equal accuracies are decided by the lower loss,
        ([(0.9, 0.7), (0.7, 0.7), (0.8, 0.7)], 2),
        // and equal losses by who was first.
        ([(0.7, 0.7), (0.7, 0.7)], 1), ([(0.9, 0.6), (0.5, 0.5)], 1), ([(.nan, 0.7), (0.9, 0.7)], 2),
        ([(0.9, 0.7), (-Double.nan, 0.7)], 1),
    ])
    func theBestEpochIsTheMostAccurateAndOfThoseTheSurest(epochs: [(Double, Double)], best: Int) {
        let history = history(epochs.map { ($0.0, $0.1) })
        #expect(history.best?.number == best)
    }

    @Test func withoutValidationTrainingDecides() {
        #expect(history([(nil, nil), (nil, nil)]).best?.number == 2)
        #expect(History().best == nil)
    }

    @Test func aTableHasTheNumbersThatWereMeant() {
        var history = history([(-.nan, 0.25)])
        history.epochs[0].learningRate = Double(Float(0.002))
        #expect(history.csv.split(separator: "\n")[1] == "1,0.002,1,0.5,nan,0.25,")
    }
}
