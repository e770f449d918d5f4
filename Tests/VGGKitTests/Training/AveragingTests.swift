// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Means over samples and over batches differ where the last batch is smaller.
@Suite struct AveragingTests {
    /// Its logits are its input, `[N, 2, 1, 1]`.
    private struct Identity: Layer {
        func callAsFunction(_ input: Tensor) -> Tensor { input.flattened(from: 1) }
    }

    /// Three samples that are recognised, with a loss of ln(1 + e⁻¹), and one that is not, with ln(1 + e).
    private let samples = TensorDataset(
        images: Tensor([1, 0, 1, 0, 1, 0, 1, 0] as [Float], shape: [4, 2, 1, 1]),
        labels: Tensor([Int32(0), 0, 0, 1]))

    @Test(arguments: [(Averaging.samples, 0.75, 0.25), (.batches, 0.5, 0.5)])
    func anUnevenLastBatch(_ averaging: Averaging, accuracy: Double, wrong: Double) throws {
        let found = try evaluate(
            Identity(), on: DataLoader(samples, batchSize: 3), averaging: averaging)
        #expect(found.accuracy == accuracy)
        let (low, high) = (log(1 + exp(-1.0)), log(1 + exp(1.0)))
        let loss = (1 - wrong) * low + wrong * high
        #expect(abs(found.loss - loss) < 1e-6)
        #expect(found.topFive == 1)
        #expect(found.count == 4)
    }

    @Test func theTrainersHistoryTakesTheMeanThatIsAskedFor() throws {
        let model = Sequential(Flatten(), Linear(2, 2))
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 1e-6))
        model.parameters[0].value = Tensor([1, 0, 0, 1] as [Float], shape: [2, 2])
        model.parameters[1].value = Tensor.zeros([2])
        (trainer.configuration.averaging, trainer.configuration.progress) = (.batches, .none)
        let loader = DataLoader(samples, batchSize: 3)
        let epoch = try trainer.fit(loader, validation: loader, epochs: 1).epochs[0]
        #expect(epoch.trainAccuracy == 0.5)
        #expect(epoch.validationAccuracy == 0.5)
    }

    /// A checkpoint that was written in the middle of an epoch before there was a choice.
    @Test func sumsOfEarlierVersionsAreRead() throws {
        let text = #"{"count":4,"hits":3,"loss":2,"topFiveHits":4}"#
        let tally = try JSONDecoder().decode(Tally.self, from: Data(text.utf8))
        #expect(tally.accuracy == 0.75 && tally.meanLoss == 0.5)
    }

    @Test func aShuffledLoaderIsValidatedInTheOrderOfItsEpoch() throws {
        let loader = DataLoader(samples, batchSize: 3, shuffle: true, seed: 3)
        let orders = try (0..<6).map { epoch in
            try evaluate(Identity(), on: loader, epoch: epoch).predictions.map(\.sample)
        }
        #expect(Set(orders).count > 1)
        for (epoch, order) in orders.enumerated() {
            let batches = loader.batches(epoch: epoch)
            var indices: [Int] = []
            while let batch = try batches.next() { indices += batch.indices }
            #expect(order == indices)
        }
    }
}
