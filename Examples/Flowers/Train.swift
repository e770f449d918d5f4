// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a VGG, or one of its neighbours, on folders of photos.",
        discussion: """
            PHOTOS holds train/ and val/, each with one folder for each class; or the classes themselves, of which a
            share is then kept for validation. Ctrl-C ends after the current step with a checkpoint; --resume goes on
            from it, to the same result as if it had never stopped.
            """)

    @OptionGroup
    var source: PhotoOptions

    @Option(name: .shortAndLong, help: "Where checkpoints, plots and the history go.")
    var output = "runs/flowers"

    @Flag(help: "Go on with the run in the output folder.")
    var resume = false

    @Option(
        help:
            "Start from the weights of this checkpoint (.pth, .safetensors) or run, or imagenet for torchvision's, which are downloaded. What fits is taken; a head for other classes, or none, leaves that of the network as initialised."
    )
    var weights: String?

    @Option(
        help:
            "Leave these parameters as they are: features, which is all but the head, or a name, as layer4.1 or '*.bias'."
    )
    var freeze: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help:
            "Compute the frozen features once for each photo and keep them on disk; needs --freeze features.")
    var cacheFeatures: Bool?

    @Option(
        help:
            "How many random crops and flips of each photo are kept; with 0 it is the middle of the photo, as in validation."
    )
    var cacheVariants = 0

    @Option(help: "Where features are kept, for all runs that can use them.")
    var cacheFolder = "runs/features"

    @Option(
        help:
            "Begin with frozen features, and unfreeze one more block, from the last on, every so many epochs."
    )
    var unfreezeEvery: Int?

    @Option(help: "The number of classes there should be; an error if the folder has others.")
    var classes: Int?

    @Option(help: "One seed, one result.")
    var seed: UInt64 = 0

    @Option(help: "Threads that read photos ahead of training.")
    var workers = 2

    @Option(help: "Stop when the best epoch is this many epochs ago.")
    var patience: Int?

    @Option(help: "Write curves for TensorBoard into this folder: tensorboard --logdir DIR shows them.")
    var tensorboard: String?

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
        guard workers >= 0 && workers <= 64 else {
            throw ValidationError("--workers is \(workers); it should lie between 0 and 64")
        }
        guard patience ?? 1 > 0 else {
            throw ValidationError("--patience is \(patience!); it should be positive")
        }
        guard cacheVariants >= 0 && cacheVariants <= 100 else {
            throw ValidationError("--cache-variants is \(cacheVariants); it should lie between 0 and 100")
        }
        guard unfreezeEvery ?? 1 > 0 else {
            throw ValidationError("--unfreeze-every is \(unfreezeEvery!); it should be positive")
        }
        let recipe = try options.resolved()
        let freezesFeatures = (freeze.isEmpty ? recipe.frozen : freeze).contains("features")
        if cacheVariants > 0 && !cachesFeatures(recipe) {
            throw ValidationError("--cache-variants has no effect without --cache-features")
        }
        if cachesFeatures(recipe) && !freezesFeatures {
            throw ValidationError("--cache-features keeps what does not change: add --freeze features")
        }
        if unfreezeEvery != nil && (freezesFeatures || !freeze.isEmpty) {
            throw ValidationError("--unfreeze-every decides what is frozen: leave out --freeze")
        }
    }

    private func cachesFeatures(_ recipe: Recipe) -> Bool { cacheFeatures ?? recipe.cachesFeatures }

    func run() async throws {
        let recipe = try options.resolved()
        let folder = RunFolder(fileURL(output))
        if folder.hasRun && !resume {
            throw Failure(
                "\(output) holds a run already: add --resume to go on with it, or choose another --output"
            )
        }
        if !folder.hasRun && resume {
            throw Failure("there is no run to resume in \(output): \(folder.last.relativePath) is missing")
        }
        let photos = try readPhotos()
        let settings = settings(recipe, photos)
        if resume { try requireSameRun(settings, recipe, folder) }
        let prepared = try await PreparedModel(
            recipe, classes: photos.classes, training: photos.training, seed: seed,
            weights: resume ? folder.last.relativePath : weights ?? recipe.weights, freeze: freeze)
        let model = prepared.model
        if resume { try requireSameCard(prepared.card, folder) }
        say(
            "\(photos.training.count) photos to train on, \(photos.validation.count) to validate; classes: \(photos.classes.joined(separator: ", "))"
        )
        say("\(recipe)")
        let trainable = model.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.value.count }
        let frozenCount = model.parameterCount - trainable
        say(
            "\(model.parameterCount) parameters\(frozenCount > 0 ? ", \(frozenCount) of them frozen" : ""), seed \(seed)"
        )
        if !cachesFeatures(recipe),
            let warning = Memory.warning(
                recipe, model, inputChannels: prepared.card.network.inputChannels)
        {
            warn(warning)
        }
        var cache = FeatureCache(folder: fileURL(cacheFolder))
        cache.workers = workers
        try TrainingRun(
            recipe: recipe, card: prepared.card, photos: photos, folder: folder, seed: seed, workers: workers,
            patience: patience, resumes: resume, cache: cachesFeatures(recipe) ? cache : nil,
            cacheVariants: cacheVariants, frozen: prepared.frozen, unfreezeEvery: unfreezeEvery,
            settings: settings, tensorboard: tensorboard.map { fileURL($0) }
        ).train(model)
    }

    /// What decides how the run goes: the recipe, these options, and the photos.
    private func settings(_ recipe: Recipe, _ photos: Photos) -> RunSettings {
        RunSettings(
            recipe,
            [
                "--freeze": freeze.isEmpty && recipe.frozen.isEmpty
                    ? "none" : (freeze.isEmpty ? recipe.frozen : freeze).joined(separator: " "),
                "--cache-features": "\(cachesFeatures(recipe))",
                "--accept-damaged": "\(source.acceptDamaged)", "--cache-variants": "\(cacheVariants)",
                "--unfreeze-every": unfreezeEvery.map { "\($0)" } ?? "not given", "--seed": "\(seed)",
                "photos": photos.fingerprint,
            ])
    }

    /// Those that the options name, if the run may write beside them.
    private func readPhotos() throws -> Photos {
        let found = try source.read(seed: seed)
        if let classes, classes != found.classes.count {
            throw Failure(
                "--classes is \(classes), but \(found.training.root.relativePath) has \(found.classes.count): \(found.classes.joined(separator: ", "))"
            )
        }
        try found.requireOutside(fileURL(output), "--output")
        if let tensorboard { try found.requireOutside(fileURL(tensorboard), "--tensorboard") }
        if cachesFeatures(try options.resolved()) {
            try found.requireOutside(fileURL(cacheFolder), "--cache-folder")
        }
        return found
    }
}
