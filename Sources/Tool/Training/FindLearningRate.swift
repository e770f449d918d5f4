// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit
import VGGKitReports

struct FindLearningRate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-learning-rate",
        abstract: "Try learning rates on a recipe's network, from too low to too high, and suggest one.",
        discussion: """
            A range test (L. N. Smith, 2017): the learning rate grows with each batch, and the loss shows at which rates
            it falls. Nothing is kept of what the network learns. Give it the options that you will give to train.
            """)

    @OptionGroup
    var source: PhotoOptions

    @Option(name: .shortAndLong, help: "The folder for the plot, as PNG and SVG, and the numbers, as CSV.")
    var output = "learning-rate"

    @Option(help: "The first learning rate.")
    var from = 1e-7

    @Option(help: "The last learning rate.")
    var to = 10.0

    @Option(help: "The number of batches from the first to the last learning rate.")
    var batches = 100

    @Option(help: "Start from the weights of this checkpoint or run, or imagenet for torchvision's.")
    var weights: String?

    @Option(help: "Freeze these parameters, as train does.")
    var freeze: [String] = []

    @Option(help: "The random seed. Equal seeds give equal results.")
    var seed: UInt64 = 0

    @OptionGroup
    var computing: DeviceOptions

    @OptionGroup
    var reading: WorkerOptions

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
        guard from > 0 && from < to && to <= 1e6 else {
            throw ValidationError(
                "--from is \(from) and --to \(to); learning rates should be positive and rise, up to 1000000")
        }
        guard batches >= 10 && batches <= 10_000 else {
            throw ValidationError("--batches is \(batches); it should lie between 10 and 10000")
        }
        _ = try options.resolved()
    }

    func run() async throws {
        let recipe = try options.resolved()
        let found = try source.read(seed: seed)
        try found.requireOutside(fileURL(output), "--output")
        let prepared = try await PreparedModel(
            recipe, classes: found.classes, training: found.training, seed: seed,
            weights: weights ?? recipe.weights, freeze: freeze)
        say("\(recipe)")
        let curve = try withDevice(try computing.device()) {
            try Device.throwingFailures { try measure(prepared.model, prepared.card, found, recipe) }
        }
        let folder = fileURL(output)
        try makeFolder(folder)
        for name in ["learning-rate.png", "learning-rate.svg"] {
            try curve.plot.write(to: folder.appending(path: name))
        }
        try writeAtomically(Data(curve.csv.utf8), to: folder.appending(path: "learning-rate.csv"))
        report(curve)
    }

    private func measure(
        _ model: some Classifier, _ card: ModelCard, _ photos: Photos, _ recipe: Recipe
    ) throws -> LearningRateCurve {
        let loader = DataLoader(
            photos.training.transformed(by: recipe.augmentation(card.normalization)),
            batchSize: recipe.batchSize, shuffle: true, seed: seed, workers: reading.workers,
            balancesClasses: recipe.balancesClasses)
        var finder = LearningRateFinder(from: from, to: to, batches: batches)
        finder.seed = seed
        finder.stopsOnSignals = true
        finder.mixing = recipe.mixing
        finder.batchesPerStep = recipe.accumulation
        do {
            return try finder.run(
                model, optimizer: recipe.optimizer(of: model), on: loader,
                loss: CrossEntropy(labelSmoothing: recipe.labelSmoothing))
        } catch TrainingError.interrupted {
            say("interrupted; nothing was written")
            throw ExitCode(130)
        }
    }

    private func report(_ curve: LearningRateCurve) {
        let last = curve.measurements.last!
        if curve.diverged {
            say("stopped at \(Decimals.short(last.learningRate, 2)): the loss had grown far above its lowest")
        }
        let picture = "\(output)/learning-rate.png, and as SVG and CSV"
        guard let suggestion = curve.suggestion, let steepest = curve.steepest,
            let tenth = curve.minimumTenth
        else {
            say("no learning rate lowered the loss; the plot may tell why: \(picture)")
            return
        }
        let text = Decimals.short(suggestion, 2)
        say("suggested: --learning-rate \(text), halfway down the longest fall of the loss")
        say(
            "the loss falls fastest at \(Decimals.short(steepest, 2)); a tenth of the learning rate with the lowest loss is \(Decimals.short(tenth, 2))"
        )
        say("plot: \(picture)")
    }
}
