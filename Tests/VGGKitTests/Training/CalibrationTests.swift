// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct CalibrationTests {
    @Test func binsAreThoseOfGuoEtAl() {
        // (0, 0.5] holds 0.25 and 0.5, one of them a hit; (0.5, 1] holds 0.75 and 1, both hits.
        let calibration = Calibration(
            confidences: [0.25, 0.5, 0.75, 1], hits: [false, true, true, true], binCount: 2)
        #expect(calibration.bins.map(\.count) == [2, 2])
        #expect(calibration.bins.map(\.confidence) == [0.375, 0.875])
        #expect(calibration.bins.map(\.accuracy) == [0.5, 1])
        #expect(calibration.expectedError == 0.125)
        #expect(calibration.maximumError == 0.125)
        #expect(calibration.meanConfidence == 0.625 && calibration.accuracy == 0.75)
    }

    /// Against NumPy's `(c > lower) & (c <= upper)` over `linspace(0, 1, bins + 1)`.
    @Test(arguments: [
        (15, 0.10559803408384326, 0.18022659700363874), (10, 0.1055980340838432, 0.18965012311935422),
    ])
    func agreesWithNumPy(_ binCount: Int, _ expected: Double, _ largest: Double) {
        let confidences = (1...500).map { index in
            max(Float((Double(index) * 0.6180339887).truncatingRemainder(dividingBy: 1)), 0.2)
        }
        let hits = zip(1...500, confidences).map { index, confidence in
            let confidence = Double(confidence)
            return Double(index * 7919 % 100) / 100 < confidence * confidence.squareRoot()
        }
        let calibration = Calibration(confidences: confidences, hits: hits, binCount: binCount)
        #expect(calibration.count == 500)
        #expect(abs(calibration.expectedError - expected) < 1e-12)
        #expect(abs(calibration.maximumError - largest) < 1e-12)
    }

    @Test func theEndsBelongToTheOuterBins() {
        let calibration = Calibration(confidences: [0, 1], hits: [false, true])
        #expect(calibration.bins.count == 15)
        #expect(calibration.bins.first?.count == 1 && calibration.bins.last?.count == 1)
        #expect(calibration.expectedError == 0)
    }

    @Test func leavesOutWhatIsNoNumber() {
        let calibration = Calibration(confidences: [.nan, 0.75, .infinity], hits: [true, true, false])
        #expect(calibration.count == 1 && calibration.expectedError == 0.25)
        let empty = Calibration(confidences: [], hits: [])
        #expect(empty.count == 0 && empty.expectedError == 0 && empty.maximumError == 0)
    }
}
