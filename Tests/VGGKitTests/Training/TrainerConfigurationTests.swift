// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

@Suite struct TrainerConfigurationTests {
    private let scratch = TemporaryFolder()
    private let loader = DataLoader(
        TensorDataset(
            images: Deterministic.tensor([12, 3, 8, 8], seed: 2, scale: 1),
            labels: Deterministic.labels([12], seed: 3, below: 3)), batchSize: 4, workers: 0)

    private func trainer(_ configuration: TrainerConfiguration) -> Trainer<VGG> {
        let model = withRandomSource(RandomSource(seed: 1)) {
            VGG(.init(column: [4, .maxPool], classCount: 3, pooledSize: 2, hiddenUnits: [5]))
        }
        var configuration = configuration
        configuration.progress = .none
        return Trainer(
            model, optimizer: SGD(model.parameters, learningRate: 0.1), configuration: configuration)
    }

    @Test func weightsForPyTorchAreThoseOfTheOtherFiles() throws {
        let run = RunFolder(scratch.url)
        try trainer(.init(output: run.url, weightsFormat: .pyTorch)).fit(
            loader, validation: loader, epochs: 3)
        for (pyTorch, own) in [(run.bestPyTorch, run.best), (run.lastPyTorch, run.last)] {
            let (theirs, ours) = (
                try Checkpoint(contentsOf: pyTorch), try Checkpoint(contentsOf: own).weights
            )
            #expect(theirs.tensors.map(\.name) == ours.tensors.map(\.name))
            #expect(theirs.tensors.map(\.tensor.floats) == ours.tensors.map(\.tensor.floats))
        }
        try trainer(.init(output: scratch.url.appending(path: "plain"))).fit(loader, epochs: 1)
        let plain = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path + "/plain/weights")
        #expect(plain.sorted() == ["best.safetensors", "last.safetensors"])
    }

    @Test func callbacksAreCalledInTheOrderTheyWereAdded() throws {
        let trainer = trainer(.init())
        var calls: [String] = []
        for name in ["a", "b"] {
            trainer.callbacks.beforeEpoch { calls.append("\(name) begins \($0)") }
            trainer.callbacks.afterStep { calls.append("\(name) step \($0.number)") }
            trainer.callbacks.afterEpoch { calls.append("\(name) ends \($0.number)") }
        }
        try trainer.fit(loader, epochs: 1)
        #expect(
            calls == [
                "a begins 0", "b begins 0", "a step 1", "b step 1", "a step 2", "b step 2", "a step 3",
                "b step 3", "a ends 1", "b ends 1",
            ])
    }

    @Test func whatACallbackThrowsEndsTheRun() throws {
        struct Enough: Error {}
        let trainer = trainer(.init(output: scratch.url))
        trainer.callbacks.afterEpoch { if $0.number == 2 { throw Enough() } }
        #expect(throws: Enough.self) { try trainer.fit(loader, epochs: 5) }
        #expect(try #require(try History(checkpoint: RunFolder(scratch.url).last)).epochs.count == 2)
    }

    /// A run whose task is cancelled stops after a step, and goes on from there to the same weights.
    @Test func aCancelledTaskLeavesACheckpoint() async throws {
        let whole = trainer(.init(seed: 4))
        try whole.fit(loader, epochs: 3)
        let (loader, folder) = (loader, scratch.url)
        let configuration = TrainerConfiguration(output: folder, seed: 4)
        let task = Task {
            let trainer = trainer(configuration)
            trainer.callbacks.afterStep { if $0.number == 4 { withUnsafeCurrentTask { $0!.cancel() } } }
            try trainer.fit(loader, epochs: 3)
        }
        do {
            try await task.value
            Issue.record("the run was not interrupted")
        } catch TrainingError.interrupted(let epoch, let step, let checkpoint) {
            #expect(epoch == 2 && step == 1 && checkpoint == RunFolder(folder).last)
        }
        let resumed = trainer(configuration)
        try resumed.resume(from: RunFolder(folder).last)
        try resumed.fit(loader, epochs: 3)
        #expect(
            resumed.model.parameters.map(\.value.floats) == whole.model.parameters.map(\.value.floats))
    }

    /// Images whose reading cancels the task, from one of them on.
    private struct CancellingDataset: Dataset {
        let images: TensorDataset
        let lastIndex: Int
        var count: Int { images.count }

        func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
            if index >= lastIndex { withUnsafeCurrentTask { $0?.cancel() } }
            return images.sample(at: index, using: &generator)
        }
    }

    /// A run that is stopped while it validates goes on with the validation.
    @Test func cancellingAValidationLeavesACheckpoint() async throws {
        let whole = trainer(.init(seed: 4))
        let expected = try whole.fit(loader, validation: loader, epochs: 2)
        let (loader, folder) = (loader, scratch.url)
        let configuration = TrainerConfiguration(output: folder, seed: 4)
        let validation = DataLoader(
            CancellingDataset(images: loader.dataset, lastIndex: 5), batchSize: 4, workers: 0)
        let task = Task {
            try trainer(configuration).fit(loader, validation: validation, epochs: 2)
        }
        do {
            _ = try await task.value
            Issue.record("the run was not interrupted")
        } catch TrainingError.interrupted(let epoch, let step, let checkpoint) {
            #expect(epoch == 1 && step == 3 && checkpoint == RunFolder(folder).last)
        }
        let resumed = trainer(configuration)
        try resumed.resume(from: RunFolder(folder).last)
        let history = try resumed.fit(loader, validation: loader, epochs: 2)
        #expect(history.epochs == expected.epochs)
    }

    @Test func anEvaluationCanBeCancelled() async {
        let validation = DataLoader(
            CancellingDataset(images: loader.dataset, lastIndex: 5), batchSize: 4, workers: 0)
        let model = trainer(.init()).model
        let task = Task { try evaluate(model, on: validation) }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    #if compiler(>=6.2)
        /// A part of a larger program leaves the signals to it.
        @Test(arguments: [false, true]) func signalsAreTakenOverWhereThatIsAskedFor(stops: Bool) async {
            await #expect(processExitsWith: .success) { [stops] in
                let test = TrainerConfigurationTests()
                signal(SIGINT, SIG_IGN)
                let trainer = test.trainer(.init(stopsOnSignals: stops))
                trainer.callbacks.afterStep { if $0.number == 2 { interruptThisThread() } }
                let wasStopped: Bool
                do {
                    try trainer.fit(test.loader, epochs: 2)
                    wasStopped = false
                } catch TrainingError.interrupted {
                    wasStopped = true
                } catch {
                    exit(EXIT_FAILURE)
                }
                exit(wasStopped == stops ? EXIT_SUCCESS : EXIT_FAILURE)
            }
        }
    #endif
}

#if compiler(>=6.2)
    /// Returns when the signal has been handled. Threads of the tests may have blocked it, and one sent to
    /// the process may be handled later, by another thread.
    private func interruptThisThread() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(SIGINT)
    }
#endif
