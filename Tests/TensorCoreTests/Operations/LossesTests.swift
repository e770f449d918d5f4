// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct LossesTests {
    /// As PyTorch's formula has it, which does not ask whether they are probabilities.
    @Test func weightsThatCancelHaveAGradient() {
        let logits = Parameter(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
        let weights = Tensor([1, -1, 0, 0] as [Float], shape: [2, 2])
        crossEntropy(logits.tensor, probabilities: weights, reduction: .sum).backward()
        #expect(logits.gradient!.floats == [-1, 1, 0, 0])
    }

    @Test func theErrorOfNothingIsNaN() {
        #expect(meanSquaredError(Tensor.zeros([0, 3]), Tensor.zeros([0, 3])).item().isNaN)
    }

    let fixture = try! FixtureFile("operations/losses")

    private func reduction(_ row: OperationCase) -> Reduction {
        switch row.text("reduction") {
        case "sum": .sum
        case "none": .none
        default: .mean
        }
    }

    @Test(
        "Cross entropy and its gradient equal PyTorch's",
        arguments: OperationCase.table("losses", of: "crossEntropy"))
    func crossEntropyMatchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            let ignoreIndex = row.int("ignoreIndex") ?? -100
            var labels = inputs["labels"]!.scalars(Int32.self)
            for index in row.ints("ignored") ?? [] { labels[index] = Int32(ignoreIndex) }
            return crossEntropy(
                inputs["logits"]!, Tensor(labels), weights: inputs["weights"],
                labelSmoothing: row.float("labelSmoothing") ?? 0, ignoreIndex: ignoreIndex,
                reduction: reduction(row))
        }
    }

    @Test(
        "The squared error and its gradients equal PyTorch's",
        arguments: OperationCase.table("losses", of: "meanSquaredError"))
    func squaredErrorMatchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) {
            meanSquaredError($0["input"]!, $0["target"]!, reduction: reduction(row))
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let logits = Deterministic.tensor([4, 3], seed: 70, scale: 2)
        let labels = Tensor([0, 2, -100, 1] as [Int32])
        let weights = Tensor([0.5, 1, 2] as [Float])
        expectGradients("cross entropy", at: [logits]) {
            crossEntropy($0[0], labels, weights: weights, labelSmoothing: 0.1)
        }
        expectGradients("squared error", at: [logits, Deterministic.tensor([4, 3], seed: 71)]) {
            meanSquaredError($0[0], $0[1])
        }
    }

    @Test func labelsAtEachPlaceOfAnImage() {
        let logits = Deterministic.tensor([2, 3, 2, 2], seed: 72)
        let labels = Deterministic.labels([2, 2, 2], seed: 73, below: 3)
        let rows = logits.permuted([0, 2, 3, 1]).reshaped(to: [8, 3])
        let flat = crossEntropy(rows, labels.reshaped(to: [8]), reduction: .none)
        let places = crossEntropy(logits, labels, reduction: .none)
        #expect(places.shape == [2, 2, 2])
        #expect(places.floats == flat.floats)
    }

    @Test func aMaskedClassLeavesTheLossFinite() {
        let logits = Parameter(Tensor([1, -.infinity, 1, .infinity, 0, 0] as [Float], shape: [2, 3]))
        let loss = crossEntropy(logits.tensor, Tensor([0, -100] as [Int32]))
        expectClose(loss, [0.693147181])
        loss.backward()
        expectClose(logits.gradient!, [-0.5, 0, 0.5, 0, 0, 0])
    }

    @Test func aLabelOutsideTheClassesTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = crossEntropy(Tensor.zeros([1, 3]), Tensor([3] as [Int32]))
        }
    }

    @Test func theMeanOverManyLabelsKeepsItsDigits() {
        let count = 300_000
        let labels = Tensor([Int32](repeating: 0, count: count))
        let loss = crossEntropy(
            Tensor.zeros([count, 2]), labels, weights: Tensor([0.1, 1] as [Float]))
        expectClose(loss, [0.693147181], relative: 1e-6)
    }

    @Test func probabilitiesGetAGradient() {
        let logits = Deterministic.tensor([4, 3], seed: 74, scale: 2)
        let probabilities = Deterministic.tensor([4, 3], seed: 75, scale: 0.3, shift: 0.5)
        for reduction: Reduction in [.mean, .sum, .none] {
            expectGradients("cross entropy, \(reduction)", at: [logits, probabilities]) {
                crossEntropy($0[0], probabilities: $0[1], reduction: reduction)
            }
        }
        // PyTorch's values
        let own = Parameter(Tensor([0.2, 0.3, 0.5, 1, 0, 0] as [Float], shape: [2, 3]))
        let loss = crossEntropy(
            Tensor([1, 2, 0.5, 0.1, -1, 3] as [Float], shape: [2, 3]), probabilities: own.tensor)
        loss.backward()
        expectClose(loss, [2.1925716])
        expectClose(
            own.gradient!, [0.73218441, 0.23218439, 0.98218441, 1.4853872, 2.0353871, 0.03538711])
    }
}
