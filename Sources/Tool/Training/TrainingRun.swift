// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit
import VGGKitReports

/// The training of one model, after everything has been read and checked.
struct TrainingRun {
    let recipe: Recipe
    let card: ModelCard
    let photos: Photos
    let folder: RunFolder
    let seed: UInt64
    let workers: Int
    let patience: Int?
    let resumes: Bool
    /// The cache of frozen features; nil for none.
    let cache: FeatureCache?
    /// The number of random crops of each photo whose features are kept; 0 for the photo as in validation.
    let cacheVariants: Int
    /// The frozen parameters, as `--freeze` names them.
    let frozen: [String]
    let unfreezeEvery: Int?
    /// The settings that decide how the run goes.
    let settings: RunSettings
    /// The folder for TensorBoard's curves.
    let tensorboard: URL?
    let weightsFormat: WeightsFormat
    /// The ranks that train together; nil for this process alone.
    let communicator: (any Communicator)?
    let gradientTransport: GradientTransport
    let sharesStatistics: Bool

    func train(_ model: some Classifier) throws {
        let unfreezing = unfreezeEvery.map { GradualUnfreezing(of: model, every: $0) }
        let optimizer = recipe.optimizer(of: model)
        if cache != nil && recipe.mixing != nil {
            throw Failure(
                "--mixup and --cutmix blend photos, but --cache-features keeps features only")
        }
        let augmented = photos.training.transformed(by: recipe.augmentation(card.normalization))
        let plain = photos.training.transformed(by: card.preprocessing)
        let validation = photos.validation.transformed(by: card.preprocessing)
        guard let cache else {
            let skipped = try train(model, optimizer, on: augmented, validation, unfreezing)
            return try writeReport(skipped) { best in
                (try evaluateBest(best.model, on: validation), try evaluateBest(best.model, on: plain))
            }
        }
        let shown = cacheVariants > 0 ? augmented : plain
        let features = try cache.features(
            of: shown, by: model, variants: max(1, cacheVariants), seed: cacheVariants > 0 ? seed : 0,
            note: say)
        let held = try cache.features(of: validation, by: model, note: say)
        let unreadable = (features.unreadable + held.unreadable).map(\.description)
        let skipped = try train(Head(of: model), optimizer, on: features, held, nil)
        try writeReport(unreadable + skipped) { best in
            (
                try evaluate(best.model, on: validation, held),
                try evaluate(best.model, on: plain, cacheVariants > 0 ? nil : features)
            )
        }
    }

    /// Evaluates on cached features, if there are features of all photos, in their order; else on the photos.
    private func evaluate(
        _ model: any Layer, on photos: TransformedFolder, _ features: CachedFeatures?
    ) throws -> Evaluation {
        guard let features, features.count == photos.count, let model = model as? any Classifier else {
            return try evaluateBest(model, on: photos)
        }
        return try evaluate(headOf: model, on: features)
    }

    private func evaluate(headOf model: some Classifier, on features: CachedFeatures) throws
        -> Evaluation
    {
        try evaluateBest(Head(of: model), on: features)
    }

    /// - Returns: the error of each skipped photo
    private func train(
        _ model: some Layer, _ optimizer: any Optimizer, on training: some Dataset, _ held: some Dataset,
        _ unfreezing: GradualUnfreezing?
    ) throws -> [String] {
        let loader = DataLoader(
            training, batchSize: recipe.batchSize, shuffle: true, seed: seed, workers: workers,
            balancesClasses: recipe.balancesClasses)
        let validation = DataLoader(
            held, batchSize: recipe.batchSize, shuffle: recipe.shufflesValidation, seed: seed,
            workers: workers)
        let ranks = Ranks(communicator)
        let shared = loader.divided(among: ranks.size, rank: ranks.rank)
        let trainer = Trainer(
            model, optimizer: optimizer,
            schedule: recipe.schedule(
                stepsPerEpoch: (shared.batchCount + recipe.accumulation - 1) / recipe.accumulation),
            loss: CrossEntropy(labelSmoothing: recipe.labelSmoothing),
            configuration: .init(
                card: card, output: folder.url, weightsFormat: weightsFormat, seed: seed,
                batchesPerStep: recipe.accumulation, averageDecay: recipe.averageDecay,
                mixing: recipe.mixing, averaging: recipe.averaging, patience: patience,
                communicator: communicator, gradientTransport: gradientTransport,
                sharesStatistics: sharesStatistics, stopsOnSignals: true))
        if let unfreezing { trainer.callbacks.beforeEpoch { unfreezing.apply(epoch: $0) } }
        trainer.drawPlots()
        // The progress bar's last line says the same.
        if !Console.isOne { trainer.callbacks.afterEpoch { say(line(for: $0)) } }
        trainer.callbacks.onSkipped { say("skipped: \($0.error)") }
        if let tensorboard {
            try ranks.first { try trainer.write(to: TensorBoardWriter(folder: tensorboard)) }
        }
        if resumes {
            try ranks.together { try trainer.resume(from: folder.last) }
            let done = trainer.history.epochs.count
            say(
                done < recipe.epochs
                    ? "resumed after epoch \(done)"
                    : "nothing left to train: the run has \(done) epochs, and \(recipe.epochs) are asked for")
        }
        try ranks.first {
            try ClassIndices.write(card.classes, to: folder.classIndices)
            if !resumes { try origin.write(to: folder) }
        }
        do {
            try trainer.fit(loader, validation: validation, epochs: recipe.epochs)
        } catch let error as TrainingError {
            guard case .interrupted(let epoch, let step, _) = error else { throw error }
            say("interrupted after step \(step) of epoch \(epoch). Nothing is lost; to go on:")
            sayCommand(CommandLine.resumingCommand)
            // The status that a shell reports for a program that was ended by Ctrl-C.
            throw ExitCode(130)
        }
        report(trainer.history)
        if let count = skippedCount(trainer.skipped) { say(count) }
        return trainer.skipped.map { "\($0.error)" }
    }

    private func evaluateBest(_ model: some Layer, on photos: some Dataset) throws -> Evaluation {
        try VGGKit.evaluate(
            model, on: DataLoader(photos, batchSize: recipe.batchSize, workers: workers),
            classes: card.classes, communicator: communicator)
    }

    /// Writes the report about the run's best weights on its validation photos, and about the labels of all
    /// photos.
    private func writeReport(
        _ skipped: [String],
        _ evaluate: (ImageClassifier) throws -> (validation: Evaluation, training: Evaluation)
    ) throws {
        let best = try Ranks(communicator).together { try ImageClassifier(contentsOf: folder.best) }
        let evaluations = try evaluate(best)
        try Ranks(communicator).first {
            try RunReport(
                title: "Training run \(folder.url.lastPathComponent)", classifier: best,
                evaluation: evaluations.validation, photos: photos.validation,
                trained: (photos.training, evaluations.training.predictions), role: .validation,
                history: History(checkpoint: folder.last), origin: RunOrigin.read(folder) ?? origin,
                skipped: photos.unreadable + skipped
            ).write(to: folder.report)
        }
    }

    private var origin: RunOrigin {
        let (training, validation) = (photos.training, photos.validation)
        return RunOrigin(
            command: CommandLine.commandText,
            facts: [
                .init(
                    "photos",
                    "\(training.root.relativePath): \(training.count) to train on, \(validation.count) to validate"
                ),
                .init("recipe", "\(recipe)"), .init("seed", "\(seed)"),
            ],
            settings: settings, photos: photos, lossName: recipe.lossName, frozen: frozen)
    }

    private func line(for epoch: History.Epoch) -> String {
        var text =
            "epoch \(epoch.number): train loss \(Decimals.fixed(epoch.trainLoss, 3)), accuracy \(epoch.trainAccuracy.percent)"
        if let loss = epoch.validationLoss, let accuracy = epoch.validationAccuracy {
            text += "; validation loss \(Decimals.fixed(loss, 3)), accuracy \(accuracy.percent)"
        }
        return text
    }

    private func report(_ history: History) {
        if let best = history.best, let accuracy = best.validationAccuracy {
            say("best: \(accuracy.percent) on the validation set, after epoch \(best.number)")
        }
        say("checkpoints: \(folder.best.relativePath), \(folder.last.relativePath)")
        if weightsFormat == .pyTorch {
            say("for PyTorch: \(folder.bestPyTorch.relativePath), \(folder.lastPyTorch.relativePath)")
        }
        say("plots: \(folder.results.relativePath)")
    }
}
