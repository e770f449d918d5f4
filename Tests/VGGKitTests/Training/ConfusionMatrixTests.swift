// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct ConfusionMatrixTests {
    private func matrix() -> ConfusionMatrix {
        var matrix = ConfusionMatrix(classes: ["daisy", "rose", "sunflower"])
        let pairs = [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 0)]
        for (label, prediction) in pairs { matrix.add(label: label, prediction: prediction) }
        return matrix
    }

    @Test func countsSamplesByLabelAndPrediction() {
        #expect(matrix().counts == [[3, 1, 0], [1, 1, 0], [0, 0, 0]])
        #expect(matrix().total == 6)
        #expect(matrix().support(of: 0) == 4)
    }

    @Test func measuresAreThoseOfTheirDefinitions() {
        let matrix = matrix()
        #expect(matrix.accuracy == 4.0 / 6)
        #expect(matrix.precision(of: 0) == 0.75)
        #expect(matrix.recall(of: 0) == 0.75)
        #expect(matrix.precision(of: 1) == 0.5)
        #expect(matrix.recall(of: 1) == 0.5)
        #expect(matrix.f1(of: 0) == 0.75)
        #expect(matrix.meanF1 == 0.625)
    }

    @Test func aClassThatNeverOccursHasNoMeasures() {
        #expect(matrix().precision(of: 2) == nil)
        #expect(matrix().recall(of: 2) == nil)
        #expect(matrix().f1(of: 2) == nil)
    }

    @Test func aClassThatIsNeverPredictedHasRecallAndF1Zero() {
        var matrix = ConfusionMatrix(classes: ["a", "b"])
        matrix.add(label: 1, prediction: 0)
        #expect(matrix.recall(of: 1) == 0)
        #expect(matrix.precision(of: 1) == nil)
        #expect(matrix.f1(of: 1) == 0)
    }

    @Test func anEmptyMatrixHasAccuracyZero() {
        #expect(ConfusionMatrix(classes: []).accuracy == 0)
        #expect(ConfusionMatrix(classes: ["a"]).meanF1 == 0)
    }

    @Test func namesOfWideCharactersKeepTheColumns() {
        var matrix = ConfusionMatrix(classes: ["薔薇", "rose"])
        matrix.add(label: 0, prediction: 1)
        let lines = matrix.description.split(separator: "\n").dropFirst()
        #expect(Set(lines.map { TerminalText.columns(String($0)) }).count == 1)
    }

    @Test func aNarrowTableHasTheMeasuresOnly() {
        #expect(matrix().description(width: 80) == matrix().description)
        let narrow = matrix().description(width: 50).split(separator: "\n")
        #expect(narrow.count == 4 && narrow.allSatisfy { $0.count <= 50 })
        #expect(narrow[1] == "0  daisy         75.0 %  75.0 %  75.0 %        4")
    }

    @Test func theTableIsAligned() {
        #expect(
            matrix().description == """
                rows are labels, columns predictions
                   class      0  1  2  precision  recall      F1  samples
                0  daisy      3  1  0     75.0 %  75.0 %  75.0 %        4
                1  rose       1  1  0     50.0 %  50.0 %  50.0 %        2
                2  sunflower  0  0  0          -       -       -        0
                """)
    }
}
