// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Runs whose numbers stop being finite leave the last good state as it was.
@Suite struct FiniteWeightsTests {
    private let scratch = TemporaryFolder()

    private func model() -> Sequential {
        withRandomSource(RandomSource(seed: 2)) {
            Sequential(Flatten(), Linear(12, 6), ReLU(), Linear(6, 2))
        }
    }

    private func loader(_ images: Tensor = Deterministic.tensor([6, 3, 2, 2], seed: 1, scale: 1))
        -> DataLoader<TensorDataset>
    {
        DataLoader(
            TensorDataset(images: images, labels: Deterministic.labels([6], seed: 2, below: 2)),
            batchSize: 6, workers: 0)
    }

    private func trainer(_ model: Sequential, rate: Float = 0.1) -> Trainer<Sequential> {
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: rate))
        trainer.configuration.progress = .none
        trainer.configuration.output = scratch.url
        return trainer
    }

    private var files: [URL] {
        [
            RunFolder(scratch.url).best,
            RunFolder(scratch.url).last,
        ]
    }

    private func bytes() throws -> [Data] { try files.map { try Data(contentsOf: $0) } }

    @Test(arguments: [true, false])
    func theLastGoodStateStays(validates: Bool) throws {
        let model = model()
        let trainer = trainer(model)
        var good: [Data] = []
        trainer.callbacks.afterEpoch { _ in
            good = try bytes()
            // The one step of the next epoch begins with a finite loss, and is not survived.
            if validates { trainer.optimizer.learningRate = .greatestFiniteMagnitude }
        }
        // Without validation, only the weights themselves show a last step that overflowed.
        trainer.callbacks.afterStep {
            if !validates && $0.epoch == 2 { model.parameters[0].value = Tensor.full(.infinity, [6, 12]) }
        }
        let error = try #require(throws: TrainingError.self) {
            try trainer.fit(loader(), validation: validates ? loader() : nil, epochs: 3)
        }
        #expect("\(error)".contains("epoch 2; a lower learning rate may help"), "\(error)")
        #expect("\(error)".contains(files[1].relativePath), "\(error)")
        #expect(try bytes() == good && trainer.history.epochs.count == 1)
    }

    @Test func nothingIsSavedOfARunThatFailsInItsFirstEpoch() throws {
        let error = try #require(throws: TrainingError.self) {
            try trainer(model(), rate: .greatestFiniteMagnitude).fit(
                loader(), validation: loader(), epochs: 3)
        }
        #expect("\(error)".contains("No checkpoint had been written yet"), "\(error)")
        #expect(files.allSatisfy { !FileManager.default.fileExists(atPath: $0.path) })
    }

    @Test func aValidationLossThatIsNaNEndsTheRun() throws {
        let trainer = trainer(model())
        let error = try #require(throws: TrainingError.self) {
            try trainer.fit(loader(), validation: loader(Tensor.full(.nan, [6, 3, 2, 2])), epochs: 3)
        }
        #expect("\(error)".hasPrefix("the validation loss is NaN after epoch 1"), "\(error)")
        #expect(files.allSatisfy { !FileManager.default.fileExists(atPath: $0.path) })
    }

    @Test func weightsThatWereNeverFiniteAreNamed() throws {
        let model = model()
        model.parameters[1].value = Tensor.full(.nan, [6])
        let error = try #require(throws: TrainingError.self) { try trainer(model).fit(loader(), epochs: 1) }
        #expect("\(error)".hasPrefix("1.bias has values that are NaN or infinite before the first step"))
    }

    @Test func aLossThatIsNotFiniteIsNamedByItsStep() throws {
        let trainer = trainer(model(), rate: .greatestFiniteMagnitude)
        trainer.configuration.output = nil
        let data = TensorDataset(
            images: Deterministic.tensor([6, 3, 2, 2], seed: 1, scale: 1),
            labels: Deterministic.labels([6], seed: 2, below: 2))
        let error = try #require(throws: TrainingError.self) {
            try trainer.fit(DataLoader(data, batchSize: 2), epochs: 1)
        }
        #expect("\(error)".hasPrefix("the loss is NaN at step 2 of epoch 1"), "\(error)")
    }

    /// An optimizer of the user's own, whose learning rate is whatever it is set to.
    private final class Indifferent: Optimizer {
        var groups: [OptimizerGroup]
        init(_ groups: [OptimizerGroup]) { self.groups = groups }
        func step() {}
        func state(named names: [(name: String, parameter: Parameter)]) -> [(name: String, tensor: Tensor)] {
            []
        }
        func restore(
            _ dictionary: [(name: String, tensor: Tensor)],
            named names: [(name: String, parameter: Parameter)]
        ) throws(OptimizerStateError) {}
    }

    @Test(arguments: [Float.infinity, -.infinity, .nan])
    func historiesAreWrittenWithAnyNumber(rate: Float) throws {
        let model = model()
        let optimizer = Indifferent(SGD(model.parameters, learningRate: 1).groups)
        optimizer.learningRate = rate
        let trainer = Trainer(model, optimizer: optimizer)
        trainer.configuration.progress = .none
        trainer.configuration.output = scratch.url
        try trainer.fit(loader(), epochs: 1)
        let read = try #require(try History(checkpoint: files[1]))
        let epoch = try #require(read.epochs.first)
        #expect(epoch.learningRate.isNaN ? rate.isNaN : epoch.learningRate == Double(rate))
        let table = try String(contentsOf: scratch.url.appending(path: "history.csv"), encoding: .utf8)
        let word = rate.isNaN ? "nan" : rate > 0 ? "inf" : "-inf"
        #expect(table.split(separator: "\n")[1].split(separator: ",")[1] == word)
    }
}
