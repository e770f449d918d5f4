// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

@Suite struct LabelIssuesTests {
    private struct Identity: Layer {
        func callAsFunction(_ input: Tensor) -> Tensor {
            input.reshaped(to: [input.shape[0], input.shape[1]])
        }
    }

    /// What a model makes of samples whose probabilities are these.
    private func predictions(_ samples: [(label: Int32, probabilities: [Float])]) throws
        -> Predictions
    {
        let logits = samples.flatMap { $0.probabilities.map { Float(log(Double($0))) } }
        let data = TensorDataset(
            images: Tensor(logits, shape: [samples.count, samples[0].probabilities.count, 1, 1]),
            labels: Tensor(samples.map(\.label)))
        return try evaluate(Identity(), on: DataLoader(data, batchSize: 4, workers: 0)).predictions
    }

    /// The mean probability of class 0 on its own photos is 0.7, of class 1 on its own 0.5.
    @Test func aLabelIsDoubtedWhereTheModelIsAsSureAsOfTheClassItself() throws {
        let found = try predictions([
            (0, [0.9, 0.1]), (0, [0.8, 0.2]), (0, [0.4, 0.6]),  // taken for 1, and 0.6 ≥ 0.5
            (1, [0.1, 0.9]), (1, [0.35, 0.65]), (1, [0.8, 0.2]),  // taken for 0, and 0.8 ≥ 0.7
            (1, [0.6, 0.4]), (1, [0.65, 0.35]),  // taken for 0, but below 0.7
        ]).labelIssues
        #expect(found.map(\.sample) == [5, 2])
        #expect(found.map(\.label) == [1, 0] && found.map(\.suggestion) == [0, 1])
        #expect(abs(found[0].margin - 0.6) < 1e-5 && abs(found[1].margin - 0.2) < 1e-5)
    }

    @Test func nothingIsSaidOfClassesWithoutSamples() throws {
        #expect(try predictions([(0, [0.1, 0.9]), (0, [0.2, 0.8])]).labelIssues.isEmpty)
        #expect(Predictions().labelIssues.isEmpty)
    }

    @Test func numbersThatAreNoneAreSkipped() throws {
        let found = try predictions([
            (0, [0.9, 0.1]), (0, [.nan, .nan]), (1, [0.95, 0.05]), (1, [0.2, 0.8]),
        ]).labelIssues
        #expect(found.map(\.sample) == [2])
    }

    /// Labels of one in ten samples are exchanged: these are found, and hardly another.
    @Test func exchangedLabelsAreFound() throws {
        var generator = RandomGenerator(seed: 6)
        var wrong: Set<Int> = []
        let samples = (0..<600).map { index -> (Int32, [Float]) in
            let truth = index % 3
            // Sure of the truth, more or less.
            let share = generator.uniform(in: 0.55...0.98)
            let probabilities = (0..<3).map { $0 == truth ? share : (1 - share) / 2 }
            guard index % 10 == 4 else { return (Int32(truth), probabilities) }
            wrong.insert(index)
            return (Int32((truth + 1) % 3), probabilities)
        }
        let found = try predictions(samples).labelIssues.map(\.sample)
        #expect(wrong.isSuperset(of: found) && found.count > wrong.count / 2, "\(found.count)")
    }
}
