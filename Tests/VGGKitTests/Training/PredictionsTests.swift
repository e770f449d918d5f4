// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

@Suite struct PredictionsTests {
    /// Images that are logits already.
    private struct Identity: Layer {
        func callAsFunction(_ input: Tensor) -> Tensor {
            input.reshaped(to: [input.shape[0], input.shape[1]])
        }
    }

    private func evaluation(_ logits: [[Float]], labels: [Int32], batchSize: Int = 2) throws -> Evaluation {
        let images = Tensor(logits.flatMap(\.self), shape: [logits.count, logits[0].count, 1, 1])
        let loader = DataLoader(
            TensorDataset(images: images, labels: Tensor(labels)), batchSize: batchSize, workers: 0)
        return try evaluate(Identity(), on: loader)
    }

    @Test func keepsTheSoftmaxOfEachSample() throws {
        let log2 = Float(log(2.0))
        let log5 = Float(log(5.0))
        let predictions = try evaluation(
            [[0, log2, log5], [log5, 0, log2], [0, 0, log2]], labels: [2, 2, 1]
        ).predictions
        #expect(predictions.count == 3 && predictions.depth == 3)
        #expect(predictions.map(\.sample) == [0, 1, 2] && predictions.map(\.label) == [2, 2, 1])
        #expect(
            predictions.map(\.prediction) == [2, 0, 2] && predictions.map(\.isHit) == [true, false, false])
        let expected: [[Float]] = [[0.625, 0.25, 0.125], [0.625, 0.25, 0.125], [0.5, 0.25, 0.25]]
        for (prediction, shares) in zip(predictions, expected) {
            #expect(zip(prediction.ranking, shares).allSatisfy { abs($0.probability - $1) < 1e-6 })
        }
        #expect(predictions[1].ranking.map(\.index) == [0, 2, 1])
        #expect(abs(predictions[1].labelProbability - 0.25) < 1e-6)
    }

    @Test func keepsFiveOfManyClasses() throws {
        let logits = (0..<7).map { row in (0..<40).map { Float(($0 * 13 + row) % 40) / 4 } }
        let evaluation = try evaluation(logits, labels: [0, 1, 2, 3, 4, 5, 6], batchSize: 3)
        #expect(evaluation.predictions.depth == 5 && evaluation.predictions.count == 7)
        for (row, prediction) in evaluation.predictions.enumerated() {
            let total = logits[row].reduce(0) { $0 + exp(Double($1)) }
            let order = logits[row].indices.sorted { logits[row][$0] > logits[row][$1] }
            #expect(prediction.ranking.map(\.index) == Array(order.prefix(5)))
            let share = exp(Double(logits[row][row])) / total
            #expect(abs(Double(prediction.labelProbability) - share) < 1e-6)
        }
        #expect(evaluation.confusion.total == 7)
    }

    @Test func findsTheMostConfidentMistakesAndHits() throws {
        let evaluation = try evaluation(
            [[3, 0], [1, 0], [0, 2], [0, 1], [5, 0], [0, 4]], labels: [1, 0, 0, 0, 0, 1])
        #expect(evaluation.predictions.mostConfidentMistakes(2).map(\.sample) == [0, 2])
        #expect(evaluation.predictions.mostConfidentMistakes(9).map(\.sample) == [0, 2, 3])
        #expect(evaluation.predictions.mostTypicalHits(perClass: 1).map(\.sample) == [4, 5])
        #expect(evaluation.predictions.mostTypicalHits(perClass: 2).map(\.sample) == [4, 1, 5])
        #expect(abs(evaluation.calibration.accuracy - 0.5) < 1e-12)
    }

    @Test func aModelThatKnowsNothingMoreIsNoMistakeOfTheReport() throws {
        let evaluation = try evaluation([[.nan, .nan], [1, 0]], labels: [0, 0])
        #expect(evaluation.predictions.count == 2)
        #expect(evaluation.predictions.mostConfidentMistakes(5).allSatisfy { $0.confidence.isFinite })
        #expect(evaluation.calibration.count == 1)
    }

    /// A model may have more outputs than there are names.
    @Test func outputsWithoutNamesAreCalledByTheirIndex() throws {
        let model = Linear(2, 6, initializer: .constant(0))
        model.bias!.value = Tensor([0, 0, 0, 0, 9, 0] as [Float])
        let loader = DataLoader(
            TensorDataset(images: Tensor.zeros([3, 2]), labels: Tensor([0, 1, 2] as [Int32])), batchSize: 3,
            workers: 0)
        let evaluation = try evaluate(model, on: loader, classes: ["a", "b", "c"])
        #expect(evaluation.confusion.classes == ["a", "b", "c", "3", "4"])
        #expect(evaluation.confusion.counts.map { $0[4] } == [1, 1, 1, 0, 0])
    }
}
