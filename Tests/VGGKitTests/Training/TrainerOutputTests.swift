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
        trainer.progress = .none
        trainer.output = scratch.url
        return trainer
    }

    private var last: URL { Trainer<VGG>.lastCheckpoint(in: scratch.url) }

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
        second.overwritesOutput = true
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
        if isOutputSetLater { resumed.output = nil }
        try resumed.resume(from: last)
        resumed.output = scratch.url
        try resumed.fit(loader, epochs: 2)
        #expect(try #require(try History(checkpoint: last)).epochs.count == 2)
    }

    @Test func theRunOfAnotherFolderIsNotWrittenOverByResuming() throws {
        try trainer().fit(loader, epochs: 1)
        let other = TemporaryFolder()
        let elsewhere = trainer()
        elsewhere.output = other.url
        try elsewhere.fit(loader, epochs: 1)
        let resumed = trainer()
        try resumed.resume(from: Trainer<VGG>.lastCheckpoint(in: other.url))
        #expect(throws: TrainingError.self) { try resumed.fit(loader, epochs: 2) }
    }

    @Test func learningRatesAreTheDecimalsThatWereMeant() throws {
        let trainer = trainer()
        trainer.optimizer.learningRate = 0.002
        var rates: [Double] = []
        trainer.afterStep = { rates.append($0.learningRate) }
        let history = try trainer.fit(loader, epochs: 1)
        #expect(rates == [0.002, 0.002, 0.002] && history.epochs[0].learningRate == 0.002)
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try Data("x".utf8).write(to: scratch.url.appending(path: "file"))
        let trainer = trainer()
        trainer.output = scratch.url.appending(path: "file/run")
        let error = #expect(throws: (any Error).self) { try trainer.fit(loader, epochs: 1) }
        #expect(
            "\(error!)".contains("file/run") && "\(error!)".contains("not a directory"), "\(error!)")
    }
}
