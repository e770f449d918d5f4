// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// What a trainer can do besides plain steps.
@Suite struct TrainerExtrasTests {
    private let scratch = TemporaryFolder()

    private func model() -> VGG {
        withRandomSource(RandomSource(seed: 1)) {
            VGG(.init(column: [4, .maxPool, 6], classCount: 3, pooledSize: 2, hiddenUnits: [5]))
        }
    }

    /// 22 examples.
    private let data = TensorDataset(
        images: Deterministic.tensor([22, 3, 8, 8], seed: 2, scale: 1),
        labels: Deterministic.labels([22], seed: 3, below: 3))

    private func trainer(
        _ model: VGG, average: Float? = nil, mixing: (any BatchMixing)? = nil, batches: Int = 1
    ) -> Trainer<VGG> {
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.1, momentum: 0.9))
        trainer.configuration.progress = .none
        trainer.configuration.averageDecay = average
        trainer.configuration.mixing = mixing
        trainer.configuration.batchesPerStep = batches
        return trainer
    }

    private func values(_ model: VGG) -> [Float] { model.stateDictionary.flatMap(\.tensor.floats) }

    /// 22 examples in batches of 8, and in fours whose gradients are added up: the last step has 6 in both.
    @Test func gradientsOfSeveralBatchesAreThoseOfALargeOne() throws {
        let (large, small) = (model(), model())
        // Without dropout, whose masks would differ.
        func train(_ model: VGG, batchSize: Int, batches: Int) throws {
            let layers = Sequential([
                model.features, model.avgpool, Flatten(), model.classifier[0], ReLU(), model.classifier[3],
            ])
            let trainer = Trainer(layers, optimizer: SGD(layers.parameters, learningRate: 0.1, momentum: 0.9))
            trainer.configuration.progress = .none
            trainer.configuration.batchesPerStep = batches
            trainer.configuration.maximumGradientNorm = 0.5
            trainer.callbacks.afterStep { #expect($0.number <= 9) }
            let history = try trainer.fit(DataLoader(data, batchSize: batchSize, shuffle: true), epochs: 3)
            #expect(history.epochs.count == 3)
        }
        try train(large, batchSize: 8, batches: 1)
        try train(small, batchSize: 4, batches: 2)
        expectClose(Tensor(values(small)), values(large), relative: 1e-4)
        #expect(values(large) != values(model()))
    }

    @Test func schedulesCountTheOptimizersSteps() throws {
        let model = model()
        let trainer = Trainer(
            model, optimizer: SGD(model.parameters, learningRate: 1),
            schedule: OneCycleLR(maximumRate: 0.01, totalSteps: 6))
        trainer.configuration.progress = .none
        trainer.configuration.batchesPerStep = 4
        var steps: [TrainingStep] = []
        trainer.callbacks.afterStep { steps.append($0) }
        try trainer.fit(DataLoader(data, batchSize: 4), epochs: 3)
        #expect(steps.map(\.number) == [1, 2, 3, 4, 5, 6])
        #expect(steps.map(\.epoch) == [1, 1, 2, 2, 3, 3])
        #expect(steps.last!.learningRate < 1e-7)
    }

    @Test func averagedWeightsAreValidatedAndSavedAsTheBest() throws {
        let model = model()
        let trainer = trainer(model, average: 0.9)
        trainer.configuration.output = scratch.url
        let loader = DataLoader(data, batchSize: 4)
        try trainer.fit(loader, validation: loader, epochs: 1)
        let best = self.model()
        try best.load(Checkpoint(contentsOf: RunFolder(scratch.url).best).tensors)
        #expect(values(best) == trainer.weightAverage!.stateDictionary.flatMap(\.tensor.floats))
        #expect(values(best) != values(model))
        let measured = try evaluate(best, on: loader)
        #expect(trainer.history.epochs[0].validationLoss == measured.loss)
        // The last checkpoint has both, and is used with the weights.
        let last = try Checkpoint(contentsOf: RunFolder(scratch.url).last)
        #expect(last.weights.tensors.flatMap(\.tensor.floats) == values(model))
    }

    @Test func aRunWithAllOfItResumesToTheSameEnd() throws {
        func make(_ model: VGG, _ folder: String) -> Trainer<VGG> {
            let made = self.trainer(
                model, average: 0.9, mixing: RandomMixing(MixUp(alpha: 1), CutMix(), probability: 0.8),
                batches: 2)
            made.configuration.output = scratch.url.appending(path: folder)
            return made
        }
        let loader = DataLoader(data, batchSize: 4, shuffle: true, balancesClasses: true)
        let whole = model()
        try make(whole, "whole").fit(loader, validation: loader, epochs: 4)
        try make(model(), "parts").fit(loader, validation: loader, epochs: 2)
        let resumed = model()
        let second = make(resumed, "parts")
        try second.resume(from: RunFolder(scratch.url.appending(path: "parts")).last)
        try second.fit(loader, validation: loader, epochs: 4)
        #expect(values(resumed) == values(whole))
        func last(_ folder: String) throws -> Data {
            try Data(contentsOf: RunFolder(scratch.url.appending(path: folder)).last)
        }
        #expect(try last("whole") == last("parts"))

        let without = self.trainer(model())
        #expect(throws: TrainingError.self) {
            try without.resume(from: RunFolder(scratch.url.appending(path: "parts")).last)
        }
    }

    @Test("What is no number is noticed at its step", arguments: [Float.nan, .infinity, -.infinity])
    func notANumberStopsTrainingAtItsStep(_ value: Float) {
        let labels = Deterministic.labels([22], seed: 3, below: 3)
        var images = data.images
        images[13, 1, 5, 2] = Tensor(value)
        let trainer = trainer(model())
        do {
            try trainer.fit(
                DataLoader(TensorDataset(images: images, labels: labels), batchSize: 4), epochs: 2)
            Issue.record("training did not stop")
        } catch TrainingError.lossNotFinite(let loss, let epoch, let step, _) {
            #expect(!loss.isFinite)
            #expect((epoch, step) == (1, 4))
        } catch {
            Issue.record(error)
        }
    }
}
