// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// A run is not written over unless that is asked for.
@Suite struct TrainerOutputTests {
    private let scratch = TemporaryFolder()
    private let loader = DataLoader(
        TensorDataset(
            images: Deterministic.tensor([12, 3, 8, 8], seed: 2, scale: 1),
            labels: Deterministic.labels([12], seed: 3, below: 3)), batchSize: 4, workers: 0)

    private func trainer() -> Trainer<VGG> {
        let model = withRandomSource(RandomSource(seed: 1)) {
            VGG(.init(column: [4, .maxPool], classCount: 3, pooledSize: 2, hiddenUnits: [5]))
        }
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.1))
        trainer.configuration.progress = .none
        trainer.configuration.output = scratch.url
        return trainer
    }

    private var last: URL { RunFolder(scratch.url).last }

    @Test func anotherRunIsNotWrittenOver() throws {
        try trainer().fit(loader, epochs: 2)
        let before = try Data(contentsOf: last)
        let error = #expect(throws: TrainingError.self) { try trainer().fit(loader, epochs: 1) }
        guard case .outputHoldsRun(let url)? = error else { return #expect(Bool(false), "\(error!)") }
        #expect(url == scratch.url)
        #expect("\(error!)".contains("resume(from:)") && "\(error!)".contains("overwritesOutput"))
        #expect(try Data(contentsOf: last) == before)
    }

    @Test func itIsWhereThatIsAskedFor() throws {
        try trainer().fit(loader, epochs: 2)
        let second = trainer()
        second.configuration.overwritesOutput = true
        try second.fit(loader, epochs: 1)
        #expect(try #require(try History(checkpoint: last)).epochs.count == 1)
    }

    @Test func aTrainerGoesOnWithItsOwnRun() throws {
        let trainer = trainer()
        try trainer.fit(loader, epochs: 1)
        try trainer.fit(loader, epochs: 2)
        #expect(try #require(try History(checkpoint: last)).epochs.count == 2)
    }

    /// The output may be set after the run was resumed.
    @Test(arguments: [false, true]) func aRunThatWasResumedGoesOn(isOutputSetLater: Bool) throws {
        try trainer().fit(loader, epochs: 1)
        let resumed = trainer()
        if isOutputSetLater { resumed.configuration.output = nil }
        try resumed.resume(from: last)
        resumed.configuration.output = scratch.url
        try resumed.fit(loader, epochs: 2)
        #expect(try #require(try History(checkpoint: last)).epochs.count == 2)
    }

    @Test func theRunOfAnotherFolderIsNotWrittenOverByResuming() throws {
        try trainer().fit(loader, epochs: 1)
        let other = TemporaryFolder()
        let elsewhere = trainer()
        elsewhere.configuration.output = other.url
        try elsewhere.fit(loader, epochs: 1)
        let resumed = trainer()
        try resumed.resume(from: RunFolder(other.url).last)
        #expect(throws: TrainingError.self) { try resumed.fit(loader, epochs: 2) }
    }

    @Test func learningRatesAreTheDecimalsThatWereMeant() throws {
        let trainer = trainer()
        trainer.optimizer.learningRate = 0.002
        var rates: [Double] = []
        trainer.callbacks.afterStep { rates.append($0.learningRate) }
        let history = try trainer.fit(loader, epochs: 1)
        #expect(rates == [0.002, 0.002, 0.002] && history.epochs[0].learningRate == 0.002)
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try Data("x".utf8).write(to: scratch.url.appending(path: "file"))
        let trainer = trainer()
        trainer.configuration.output = scratch.url.appending(path: "file/run")
        let error = #expect(throws: (any Error).self) { try trainer.fit(loader, epochs: 1) }
        #expect(
            "\(error!)".contains("file/run") && "\(error!)".contains("not a directory"), "\(error!)")
    }

    /// Weights that fit, and an optimizer's state that does not: another optimizer's.
    @Test(arguments: [nil, 0.9 as Float]) func aRunThatDoesNotFitChangesNothing(decay: Float?) throws {
        func trainer(_ seed: UInt64, _ optimizer: (VGG) -> any Optimizer, output: URL?) -> Trainer<VGG> {
            let model = withRandomSource(RandomSource(seed: seed)) {
                VGG(.init(column: [4, .maxPool], classCount: 3, pooledSize: 2, hiddenUnits: [5]))
            }
            return Trainer(
                model, optimizer: optimizer(model),
                configuration: .init(output: output, averageDecay: decay, progress: .none))
        }
        let run = RunFolder(scratch.url)
        let momentum = trainer(
            1, { SGD($0.parameters, learningRate: 0.1, momentum: 0.9) }, output: scratch.url)
        try momentum.fit(loader, epochs: 1)
        let other = trainer(2, { AdamW($0.parameters, learningRate: 0.1) }, output: nil)
        let fresh = trainer(2, { AdamW($0.parameters, learningRate: 0.1) }, output: nil)
        #expect(throws: OptimizerStateError.self) { try other.resume(from: run.last) }
        #expect(other.history.epochs.isEmpty && other.weightAverage == nil)
        // Trained on, it is as one that never tried.
        for trainer in [other, fresh] { try trainer.fit(loader, epochs: 2) }
        #expect(
            other.model.parameters.map(\.value.floats) == fresh.model.parameters.map(\.value.floats))
        #expect(
            other.weightAverage?.stateDictionary.map(\.tensor.floats)
                == fresh.weightAverage?.stateDictionary.map(\.tensor.floats))
    }

    /// The configuration of each call of `fit` says whether there is an average.
    @Test func anAverageCanBeLeftOffAgain() throws {
        let trainer = trainer()
        trainer.configuration.averageDecay = 0.5
        try trainer.fit(loader, epochs: 1)
        #expect(trainer.weightAverage?.decay == 0.5)
        trainer.configuration.averageDecay = 0.25
        try trainer.fit(loader, epochs: 2)
        #expect(trainer.weightAverage?.decay == 0.25)
        trainer.configuration.averageDecay = nil
        try trainer.fit(loader, epochs: 3)
        #expect(trainer.weightAverage == nil)
    }

    /// A callback that changes the configuration changes the next call of `fit`.
    @Test func aConfigurationCountsFromTheNextCallOn() throws {
        let trainer = trainer()
        var steps = 0
        trainer.callbacks.afterStep { _ in
            steps += 1
            trainer.configuration.batchesPerStep = 3
        }
        try trainer.fit(loader, epochs: 2)
        #expect(steps == 6)
        try trainer.fit(loader, epochs: 3)
        #expect(steps == 7)
    }
}
