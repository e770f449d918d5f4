// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Several ranks, each with a part of every batch, against one process with the whole batches.
@Suite struct SharedTrainingTests {
    private struct Setup {
        var images = 40
        /// Of all ranks together.
        var batchSize = 16
        var batchNormalization = false
        var dropout: Float = 0.5
        var accumulation = 1
        var mixing: (any BatchMixing)?
        var averageDecay: Float?
        var transport = GradientTransport.float32
        var sharesStatistics = false
        var output: URL?
        var epochs = 7

        var network: VGG.Configuration {
            VGG.Configuration(
                column: [8, .maxPool, 16, .maxPool], batchNormalization: batchNormalization, classCount: 3,
                pooledSize: 2, hiddenUnits: [16], dropout: dropout)
        }

        func loader(_ size: Int) -> DataLoader<TensorDataset> {
            DataLoader(
                TensorDataset(
                    images: Deterministic.tensor([images, 3, 16, 16], seed: 1),
                    labels: Deterministic.labels([images], seed: 2, below: 3)), batchSize: batchSize / size,
                shuffle: true, seed: 5, workers: 0)
        }

        func trainer(_ communicator: (any Communicator)?) -> Trainer<VGG> {
            // Each rank begins with other weights; those of the first count.
            let seed = 3 + UInt64(communicator?.rank ?? 0)
            let model = withRandomSource(RandomSource(seed: seed)) { VGG(network) }
            let card = ModelCard(
                network: network, classes: ["a", "b", "c"], imageSize: 16, normalization: .imageNet)
            return Trainer(
                model, optimizer: SGD(model.parameters, learningRate: 0.05, momentum: 0.9),
                configuration: .init(
                    card: card, output: output, seed: 4, batchesPerStep: accumulation,
                    averageDecay: averageDecay, mixing: mixing, progress: .none, communicator: communicator,
                    gradientTransport: transport, sharesStatistics: sharesStatistics))
        }
    }

    private struct Outcome {
        var losses: [Double]
        var validationLosses: [Double]
        var weights: [[Float]]
    }

    private static func train(_ setup: Setup, _ communicator: (any Communicator)?) throws -> Outcome {
        let trainer = setup.trainer(communicator)
        let size = communicator?.size ?? 1
        let history = try trainer.fit(
            setup.loader(size), validation: setup.loader(1), epochs: setup.epochs)
        return Outcome(
            losses: history.epochs.map(\.trainLoss),
            validationLosses: history.epochs.map { $0.validationLoss! },
            weights: trainer.model.stateDictionary.map(\.tensor.floats32))
    }

    private func expectOneProcess(_ setup: Setup, ranks: Int, within tolerance: Double) throws {
        let expected = try Self.train(setup, nil)
        let outcomes = try LocalCommunicator.run(ranks: ranks) { try Self.train(setup, $0) }
        for outcome in outcomes {
            #expect(outcome.weights == outcomes[0].weights && outcome.losses == outcomes[0].losses)
        }
        for (found, wanted) in zip(outcomes[0].losses, expected.losses) {
            #expect(abs(found - wanted) < tolerance)
        }
        for (found, wanted) in zip(outcomes[0].validationLosses, expected.validationLosses) {
            #expect(abs(found - wanted) < tolerance)
        }
        for (found, wanted) in zip(outcomes[0].weights, expected.weights) {
            for (a, b) in zip(found, wanted) { #expect(Double(abs(a - b)) < tolerance) }
        }
    }

    /// 21 steps: batches of 16, 16 and 8; with dropout, whose masks are those of the whole batch.
    @Test(arguments: [2, 4])
    func ranksTrainAsOneProcess(ranks: Int) throws {
        try expectOneProcess(Setup(), ranks: ranks, within: 1e-5)
    }

    /// The last batch has 5 images: 3 and 2 for two ranks; 3, 2, none and none for four.
    @Test(arguments: [2, 4])
    func anUnevenLastBatchCountsByItsImages(ranks: Int) throws {
        try expectOneProcess(Setup(images: 37), ranks: ranks, within: 1e-5)
    }

    @Test func gradientsOfSeveralBatchesAreAdded() throws {
        try expectOneProcess(Setup(images: 37, batchSize: 8, accumulation: 2), ranks: 2, within: 1e-5)
    }

    @Test func theAverageOfTheWeightsIsThatOfOneProcess() throws {
        try expectOneProcess(Setup(averageDecay: 0.9), ranks: 2, within: 1e-5)
    }

    @Test func roundedGradientsTrainNearly() throws {
        try expectOneProcess(Setup(dropout: 0, transport: .bfloat16, epochs: 2), ranks: 2, within: 2e-2)
    }

    /// The last batch leaves two of four ranks without images: they take part in the statistics of none.
    @Test(arguments: [(40, 2, 1), (37, 4, 1), (37, 2, 2)])
    func sharedStatisticsAreThoseOfOneProcess(images: Int, ranks: Int, accumulation: Int) throws {
        try expectOneProcess(
            Setup(
                images: images, batchNormalization: true, accumulation: accumulation, sharesStatistics: true),
            ranks: ranks, within: 1e-4)
    }

    /// Three ranks, of which means are not exact: running statistics are averaged once.
    @Test func aRunThatIsStoppedInValidationEndsInTheSameBits() throws {
        let scratch = TemporaryFolder()
        var setup = Setup(batchSize: 15, batchNormalization: true, averageDecay: 0.9, epochs: 2)
        let whole = try LocalCommunicator.run(ranks: 3) { [setup] in try Self.train(setup, $0) }
        setup.output = scratch.url
        let stopping = setup
        let errors = try LocalCommunicator.run(ranks: 3) { communicator in
            let trainer = stopping.trainer(communicator)
            trainer.isCancelled = { trainer.isValidating && trainer.position.epoch == 0 }
            do {
                try trainer.fit(stopping.loader(3), validation: stopping.loader(1), epochs: 2)
            } catch { return "\(error)" }
            return "none"
        }
        for error in errors { #expect(error.hasPrefix("interrupted after step 3 of epoch 1")) }
        let resumed = try LocalCommunicator.run(ranks: 3) { communicator in
            let trainer = stopping.trainer(communicator)
            try trainer.resume(from: RunFolder(stopping.output!).last)
            try trainer.fit(stopping.loader(3), validation: stopping.loader(1), epochs: 2)
            return trainer.model.stateDictionary.map(\.tensor.floats32)
        }
        #expect(resumed[0] == whole[0].weights && resumed[2] == whole[0].weights)
    }

    /// Each rank normalises its own images; their running statistics are averaged.
    @Test func ranksWithNormalizationStayTogether() throws {
        let setup = Setup(batchNormalization: true)
        let outcomes = try LocalCommunicator.run(ranks: 2) { try Self.train(setup, $0) }
        #expect(outcomes[0].weights == outcomes[1].weights)
        #expect(outcomes[0].validationLosses == outcomes[1].validationLosses)
    }

    /// A run that was stopped within an epoch goes on to the same bits, running statistics included.
    @Test func aResumedRunEndsInTheSameBits() throws {
        let scratch = TemporaryFolder()
        let setup = Setup(batchNormalization: true, averageDecay: 0.9, epochs: 3)
        let whole = try LocalCommunicator.run(ranks: 2) { try Self.train(setup, $0) }
        var stopping = setup
        stopping.output = scratch.url
        let stopped = stopping
        #expect(throws: TrainingError.self) {
            try LocalCommunicator.run(ranks: 2) { communicator in
                let trainer = stopped.trainer(communicator)
                // One rank is asked to stop: all do.
                if communicator.rank == 1 {
                    trainer.isCancelled = { trainer.position.step == 1 && trainer.position.epoch == 1 }
                }
                return try trainer.fit(stopped.loader(2), validation: stopped.loader(1), epochs: 3)
            }
        }
        let resumed = try LocalCommunicator.run(ranks: 2) { communicator in
            let trainer = stopped.trainer(communicator)
            try trainer.resume(from: RunFolder(stopped.output!).last)
            #expect(trainer.position.epoch == 1 && trainer.position.step == 2)
            let history = try trainer.fit(stopped.loader(2), validation: stopped.loader(1), epochs: 3)
            return Outcome(
                losses: history.epochs.map(\.trainLoss), validationLosses: [],
                weights: trainer.model.stateDictionary.map(\.tensor.floats32))
        }
        #expect(resumed[0].weights == whole[0].weights && resumed[1].weights == whole[0].weights)
        #expect(resumed[0].losses == whole[0].losses)
    }
}

extension Tensor {
    fileprivate var floats32: [Float] { to(.float32).floats }
}

/// What goes wrong on one rank ends all, with the same words.
@Suite struct SharedFailureTests {
    private static func trainer(_ communicator: any Communicator, output: URL? = nil) -> Trainer<VGG> {
        let network = VGG.Configuration(column: [4, .maxPool], classCount: 2, pooledSize: 1, hiddenUnits: [])
        let model = withRandomSource(RandomSource(seed: 1)) { VGG(network) }
        return Trainer(
            model, optimizer: SGD(model.parameters, learningRate: 0.1),
            configuration: .init(output: output, progress: .none, communicator: communicator))
    }

    private struct Photos: Dataset {
        let count = 8
        var broken: Int?
        var damaged: Int?
        var infinite: Int?
        let skipsUnreadable = true

        func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
            if index == broken { throw Broken() }
            if index == damaged { throw ImageError.corrupt(source: "photo 6", reason: "it is a test") }
            return Sample(
                image: Tensor.full(index == infinite ? .infinity : 1, [3, 4, 4]), label: index % 2)
        }
    }

    private struct Broken: DescribedError, Equatable {
        let description = "the drawer is stuck"
    }

    /// What each rank's `fit` throws; the images are divided in order, four for each rank.
    private func errors(
        _ photos: Photos = Photos(), output: URL? = nil,
        _ prepare: @escaping @Sendable (Trainer<VGG>, Int) -> Void = { _, _ in }
    ) throws -> [String] {
        try LocalCommunicator.run(ranks: 2) { communicator in
            let trainer = Self.trainer(communicator, output: output)
            prepare(trainer, communicator.rank)
            do {
                try trainer.fit(DataLoader(photos, batchSize: 4, workers: 0), epochs: 2)
                return "none, skipped: \(trainer.skipped.map { "\($0.index): \($0.error)" })"
            } catch {
                return "\(error)"
            }
        }
    }

    @Test func aFailingDataSetEndsAll() throws {
        #expect(try errors(Photos(broken: 6)) == ["the drawer is stuck (rank 1)", "the drawer is stuck"])
        #expect(try errors(Photos(broken: 1)) == ["the drawer is stuck", "the drawer is stuck (rank 0)"])
    }

    @Test func aLossThatIsNotFiniteEndsAll() throws {
        for error in try errors(Photos(infinite: 5)) {
            #expect(error.hasPrefix("the loss is NaN at step 1 of epoch 1"))
        }
    }

    @Test func aSkippedPhotoReachesTheFirstRank() throws {
        for result in try errors(Photos(damaged: 6)) {
            #expect(result.hasPrefix("none, skipped: [\"6: photo 6"))
        }
    }

    @Test func aFailingCallbackEndsAll() throws {
        let found = try errors { trainer, rank in
            if rank == 1 { trainer.callbacks.afterStep { _ in throw Broken() } }
        }
        #expect(found == ["the drawer is stuck (rank 1)", "the drawer is stuck"])
    }

    @Test func anOutputThatCannotBeWrittenEndsAll() throws {
        let scratch = TemporaryFolder()
        let file = scratch.url.appending(path: "file")
        try Data().write(to: file)
        let found = try errors(output: file.appending(path: "run"))
        #expect(found[1] == found[0] + " (rank 0)")
    }

    @Test func ranksThatDriftApartAreAnError() throws {
        let found = try errors { trainer, rank in
            trainer.callbacks.afterStep { step in
                guard rank == 1, step.number == 2 else { return }
                trainer.model.parameters[0].value = trainer.model.parameters[0].value + 1
            }
        }
        for error in found {
            #expect(error.hasPrefix("the weights of rank 1 are not those of rank 0 after epoch 2"))
        }
    }

    @Test func aValidationLossThatIsNotFiniteEndsAll() throws {
        let found = try LocalCommunicator.run(ranks: 2) { communicator in
            let trainer = Self.trainer(communicator)
            do {
                try trainer.fit(
                    DataLoader(Photos(), batchSize: 4, workers: 0),
                    validation: DataLoader(Photos(infinite: 7), batchSize: 4, workers: 0), epochs: 1)
            } catch { return "\(error)" }
            return "none"
        }
        for error in found { #expect(error.hasPrefix("the validation loss is NaN after epoch 1")) }
    }

    @Test func ranksWithOtherPhotosAreAnError() throws {
        let found = try LocalCommunicator.run(ranks: 2) { communicator in
            let photos = Subset(Photos(), indices: Array(0..<(7 + communicator.rank)))
            do { try Self.trainer(communicator).fit(DataLoader(photos, batchSize: 2), epochs: 1) } catch {
                return "\(error)"
            }
            return "none"
        }
        for error in found { #expect(error.hasPrefix("images to train on: 8 on rank 1, 7 on rank 0")) }
    }

    /// Where statistics are shared, the others are on their way through the layers otherwise.
    @Test func aFailingDataSetEndsAllThatShareStatistics() throws {
        let found = try errors(Photos(broken: 6)) { trainer, _ in
            trainer.configuration.sharesStatistics = true
        }
        #expect(found == ["the drawer is stuck (rank 1)", "the drawer is stuck"])
    }

    @Test func withinAnEpochTheNumberOfRanksIsThatOfTheRun() throws {
        let scratch = TemporaryFolder()
        let output = scratch.url
        let loader = DataLoader(Photos(), batchSize: 1, workers: 0)
        let stopped = try LocalCommunicator.run(ranks: 2) { communicator in
            let trainer = Self.trainer(communicator, output: output)
            trainer.isCancelled = { trainer.position.step == 1 }
            do { try trainer.fit(loader, epochs: 1) } catch { return "\(error)" }
            return "none"
        }
        #expect(stopped[0].hasPrefix("interrupted after step 2 of epoch 1; continue from"))
        #expect(stopped[1] == stopped[0])
        let model = VGG(
            VGG.Configuration(column: [4, .maxPool], classCount: 2, pooledSize: 1, hiddenUnits: []))
        let alone = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.1))
        #expect(throws: TrainingError.self) { try alone.resume(from: RunFolder(output).last) }
    }
}

/// Batches that several processes share.
@Suite struct DividedLoaderTests {
    private static let loader = DataLoader(
        TensorDataset(images: Tensor.zeros([23, 1]), labels: Tensor((0..<23).map { Int32($0) })),
        batchSize: 3,
        shuffle: true, seed: 9, workers: 0)

    private func batches(_ loader: DataLoader<TensorDataset>) throws -> [[Int]] {
        let batches = loader.batches(epoch: 1)
        return try (0..<loader.batchCount).map { _ in try #require(try batches.next()).indices }
    }

    @Test func thePartsAreTheBatchesOfOneProcess() throws {
        let whole = DataLoader(Self.loader.dataset, batchSize: 12, shuffle: true, seed: 9, workers: 0)
        let parts = try (0..<4).map { try batches(Self.loader.divided(among: 4, rank: $0)) }
        let joined = (0..<2).map { number in parts.flatMap { $0[number] } }
        #expect(try joined == batches(whole))
        #expect(parts.map { $0.map(\.count) } == [[3, 3], [3, 3], [3, 3], [3, 2]])
    }

    /// Batch normalisation cannot be trained on one image: a part has two or none.
    @Test func fewImagesAreNotSpreadOverManyRanks() throws {
        let few = DataLoader(
            Subset(Self.loader.dataset, indices: Array(0..<5)), batchSize: 3, workers: 0)
        let counts = try (0..<4).map { rank in
            let batches = few.divided(among: 4, rank: rank).batches(epoch: 0)
            let batch = try #require(try batches.next())
            return [batch.labels.count, batch.firstPosition]
        }
        #expect(counts == [[3, 0], [2, 3], [0, 5], [0, 5]])
    }
}
