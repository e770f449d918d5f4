// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

@Suite struct LearningRateCurveTests {
    private func curve(_ loss: (Int, Double) -> Double, count: Int = 100) -> LearningRateCurve {
        LearningRateCurve(
            (0..<count).map { index in
                let rate = 1e-7 * pow(1e8, Double(index) / Double(count - 1))
                let loss = loss(index, log10(rate))
                return .init(learningRate: rate, loss: loss, smoothedLoss: loss)
            })
    }

    /// A fall around 0.001 and a wall around 1, with a ripple. The rates are those of fastai's `valley`,
    /// `steep` and `minimum`, computed from the same numbers.
    @Test func theSuggestionsAreFastais() throws {
        let curve = curve { index, x in
            2.3 - 1.5 / (1 + exp(-3 * (x + 3))) + exp(4 * (x - 0.2)) + 0.02 * sin(7 * Double(index))
        }
        #expect(abs(try #require(curve.valley) - 0.001917910261672489) < 1e-9)
        #expect(abs(try #require(curve.steepest) - 0.000756463327554629) < 1e-9)
        #expect(abs(try #require(curve.minimumTenth) - 0.0031257158496882354) < 1e-9)
        #expect(curve.suggestion == curve.valley)
    }

    @Test func theSteepestFallIsOverTheLogarithm() throws {
        // Falls by as much over each decade, and twice as fast between 0.0001 and 0.001.
        let curve = curve { _, x in -x - min(max(x + 4, 0), 1) }
        let steepest = try #require(curve.steepest)
        #expect(steepest > 0.9e-4 && steepest < 1e-3)
    }

    @Test(arguments: [0, -1, 5])
    func aCurveOfOtherRatesIsNotRead(rate: Int) throws {
        let text = """
            {"diverged": false, "measurements": [{"learningRate": 1, "loss": 1, "smoothedLoss": 1}, \
            {"learningRate": \(rate), "loss": 1, "smoothedLoss": 1}]}
            """
        let curve = { try JSONDecoder().decode(LearningRateCurve.self, from: Data(text.utf8)) }
        if rate > 1 {
            let found = try curve()
            #expect(found.measurements.count == 2)
            #expect(
                try JSONDecoder().decode(LearningRateCurve.self, from: JSONEncoder().encode(found)) == found)
        } else {
            #expect(throws: DecodingError.self) { try curve() }
        }
    }

    @Test func aLossThatNeverFallsSuggestsNothing() {
        for curve in [curve { index, _ in Double(index) }, curve { _, _ in 1 }, LearningRateCurve()] {
            #expect(curve.suggestion == nil && curve.steepest == nil && curve.minimumTenth == nil)
        }
    }

    @Test func whatFollowsANumberThatIsNoneDoesNotCount() throws {
        let curve = curve { index, x in index < 60 ? -x : .nan }
        #expect(try #require(curve.suggestion) < 1e-7 * pow(1e8, 60.0 / 99))
    }

    @Test func theTableHasALineABatch() {
        let lines = curve { _, x in -x }.csv.split(separator: "\n")
        #expect(lines.count == 101 && lines[0] == "learning_rate,loss,smoothed_loss")
        #expect(lines[1] == "1e-07,7,7")
    }
}
