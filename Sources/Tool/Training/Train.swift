// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a VGG, or another network of the zoo, on folders of photos.",
        discussion: """
            PHOTOS holds train/ and val/, each with one folder for each class; or the classes themselves, of which a
            share is then kept for validation. Ctrl-C ends after the current step with a checkpoint; --resume goes on
            from it, to the same result as if it had never stopped.

            mpirun -np 4 vggkit train … trains with four processes, on one host or several, each with a part of every
            batch: a batch has four times --batch-size photos.
            """)

    @OptionGroup
    var source: PhotoOptions

    @Option(name: .shortAndLong, help: "The folder for checkpoints, plots and the history.")
    var output = "runs/classifier"

    @Flag(help: "Resume the run in the output folder.")
    var resume = false

    @Option(
        help:
            "Start from the weights of this checkpoint (.pth, .safetensors) or run, or imagenet for torchvision's, which are downloaded. Weights that fit are loaded. If the checkpoint has no head, or one for other classes, the network's head stays as initialised."
    )
    var weights: String?

    @Option(
        help:
            "Freeze these parameters: features, which is the backbone (all but the head), or a name, as layer4.1 or '*.bias'."
    )
    var freeze: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help:
            "Compute the frozen features once for each photo and keep them on disk; needs --freeze features.")
    var cacheFeatures: Bool?

    @Option(
        help:
            "The number of random crops and flips of each photo whose features are kept; with 0, the features of the photo's middle, as in validation."
    )
    var cacheVariants = 0

    @Option(help: "The folder of cached features, which all runs share.")
    var cacheFolder = "runs/features"

    @Option(
        help:
            "Begin with a frozen backbone, and unfreeze one more block, from the last on, every so many epochs."
    )
    var unfreezeEvery: Int?

    @Option(help: "The expected number of classes; an error if the folder has another.")
    var classes: Int?

    @Option(help: "The random seed. Equal seeds give equal results.")
    var seed: UInt64 = 0

    @Option(help: "Early stopping: stop when the best epoch is this many epochs ago.")
    var patience: Int?

    @Option(help: "Write curves for TensorBoard into this folder: tensorboard --logdir DIR shows them.")
    var tensorboard: String?

    @Option(
        help:
            "pth writes weights/best_model.pth and weights/last_model.pth for PyTorch besides the .safetensors that --resume needs."
    )
    var checkpointFormat = WeightsFormat.safeTensors

    @Option(
        help:
            "How the ranks of mpirun exchange gradients: float32, or bf16 for half the bytes.")
    var gradientTransport = GradientTransport.float32

    @Flag(
        help:
            "Normalise by the statistics of the photos of all ranks of mpirun, not of each rank's own (SyncBatchNorm)."
    )
    var shareStatistics = false

    @OptionGroup
    var computing: DeviceOptions

    @OptionGroup
    var reading: WorkerOptions

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
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
            throw ValidationError("--cache-features needs a frozen backbone: add --freeze features")
        }
        if unfreezeEvery != nil && (freezesFeatures || !freeze.isEmpty) {
            throw ValidationError("--unfreeze-every decides what is frozen: omit --freeze")
        }
    }

    private func cachesFeatures(_ recipe: Recipe) -> Bool { cacheFeatures ?? recipe.cachesFeatures }

    func run() async throws {
        let communicator = try Launch.communicator()
        let ranks = Ranks(communicator)
        let recipe = try options.resolved()
        let folder = RunFolder(fileURL(output))
        let (device, photos, settings) = try ranks.together { try prepare(recipe, folder, communicator) }
        let prepared: Result<PreparedModel, any Error>
        do {
            prepared = .success(
                try await PreparedModel(
                    recipe, classes: photos.classes, training: photos.training, seed: seed,
                    weights: resume ? folder.last.relativePath : weights ?? recipe.weights, freeze: freeze))
        } catch {
            prepared = .failure(error)
        }
        try train(
            try ranks.together { try prepared.get() }, recipe, folder, device, photos, settings, communicator)
    }

    /// What can go wrong before anything is computed.
    private func prepare(
        _ recipe: Recipe, _ folder: RunFolder, _ communicator: (any Communicator)?
    ) throws -> (Device, Photos, RunSettings) {
        if folder.hasRun && !resume {
            throw Failure(
                "\(output) holds a run already: add --resume to continue it, or choose another --output"
            )
        }
        if !folder.hasRun && resume {
            throw Failure("there is no run to resume in \(output): \(folder.last.relativePath) is missing")
        }
        let device = try computing.device(communicator)
        let photos = try readPhotos()
        let settings = settings(recipe, photos)
        if resume { try requireSameRun(settings, recipe, folder) }
        return (device, photos, settings)
    }

    private func train(
        _ prepared: PreparedModel, _ recipe: Recipe, _ folder: RunFolder, _ device: Device, _ photos: Photos,
        _ settings: RunSettings, _ communicator: (any Communicator)?
    ) throws {
        let model = prepared.model
        if resume { try requireSameCard(prepared.card, folder) }
        say(
            "\(photos.training.count) photos to train on, \(photos.validation.count) to validate; classes: \(photos.classes.joined(separator: ", "))"
        )
        say("\(recipe)")
        let trainable = model.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.value.count }
        let frozenCount = model.parameterCount - trainable
        say(
            "\(model.parameterCount) parameters\(frozenCount > 0 ? ", \(frozenCount) of them frozen" : ""), seed \(seed); \(device.details)"
        )
        if let communicator {
            say(Launch.description(of: communicator))
            if communicator.rank == 0, let advice = Launch.advice(communicator) { warn(advice) }
        }
        // Of the processor's memory; a GPU says itself when it has too little.
        if device == .cpu, !cachesFeatures(recipe),
            let warning = Memory.warning(
                recipe, model, inputChannels: prepared.card.network.inputChannels)
        {
            warn(warning)
        }
        var cache = FeatureCache(folder: fileURL(cacheFolder))
        cache.workers = reading.workers
        cache.communicator = communicator
        let run = TrainingRun(
            recipe: recipe, card: prepared.card, photos: photos, folder: folder, seed: seed,
            workers: reading.workers,
            patience: patience, resumes: resume, cache: cachesFeatures(recipe) ? cache : nil,
            cacheVariants: cacheVariants, frozen: prepared.frozen, unfreezeEvery: unfreezeEvery,
            settings: settings, tensorboard: tensorboard.map { fileURL($0) },
            weightsFormat: checkpointFormat, communicator: communicator,
            gradientTransport: gradientTransport, sharesStatistics: shareStatistics)
        try withDevice(device) { try Device.throwingFailures { try run.train(model) } }
    }

    /// The settings that decide how the run goes: the recipe, these options, and the photos.
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

    /// The photos that the options name. Throws if the run would write into their folder.
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
