// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a VGG on folders of photos.",
        discussion: """
            PHOTOS holds train/ and val/, each with one folder for each class; or the classes themselves, of which a
            share is then kept for validation. Ctrl-C ends after the current step with a checkpoint; --resume goes on
            from it, to the same result as if it had never stopped.
            """)

    @Argument(help: "The folder of photos.")
    var photos: String

    @Option(name: .shortAndLong, help: "Where checkpoints, plots and the history go.")
    var output = "runs/flowers"

    @Flag(help: "Go on with the run in the output folder.")
    var resume = false

    @Option(
        help:
            "Start from the weights of this checkpoint (.pth, .safetensors) or run, or imagenet for torchvision's, which are downloaded; the classifier is left out where it differs."
    )
    var weights: String?

    @Option(help: "Freeze parameters by name before training, as 'features.*'.")
    var freeze: [String] = []

    @Option(help: "The number of classes there should be; an error if the folder has others.")
    var classes: Int?

    @Option(help: "The share of each class kept for validation, where there is no val/ folder.")
    var validation = 0.1

    @Option(help: "One seed, one result.")
    var seed: UInt64 = 0

    @Option(help: "Threads that read photos ahead of training.")
    var workers = 2

    @Option(help: "Stop when the best epoch is this many epochs ago.")
    var patience: Int?

    @Flag(help: "Stop at the first photo that cannot be read, instead of leaving it out.")
    var strict = false

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
        guard validation > 0 && validation < 1 else {
            throw ValidationError("--validation is \(validation); it should lie between 0 and 1, as 0.1")
        }
        guard workers >= 0 && workers <= 64 else {
            throw ValidationError("--workers is \(workers); it should lie between 0 and 64")
        }
        guard patience ?? 1 > 0 else {
            throw ValidationError("--patience is \(patience!); it should be positive")
        }
        _ = try options.resolved()
    }

    func run() async throws {
        let recipe = try options.resolved()
        let folder = RunFolder(URL(filePath: output))
        if folder.hasRun && !resume {
            throw ValidationError(
                "\(output) holds a run already: add --resume to go on with it, or choose another --output")
        }
        if !folder.hasRun && resume {
            throw ValidationError("there is no run to resume in \(output): \(folder.last.path) is missing")
        }
        let (training, held) = try datasets()
        for file in Set((training.unreadable + held.unreadable).map(\.description)).sorted() {
            say("left out: \(file)")
        }
        let names = training.classes
        if let classes, classes != names.count {
            throw ValidationError(
                "--classes is \(classes), but \(photos) has \(names.count): \(names.joined(separator: ", "))")
        }
        let normalization = try recipe.normalization(of: training)
        let card = ModelCard(
            configuration: recipe.configuration(classCount: names.count), classes: names,
            imageSize: recipe.imageSize,
            normalization: normalization)
        let model = withRandomSource(RandomSource(seed: seed)) {
            VGG(card.configuration, initialization: recipe.initialization)
        }
        if let weights { try takeWeights(from: await weightsFile(weights, recipe), into: model) }
        for pattern in freeze where model.freeze(pattern) == 0 {
            throw ValidationError("--freeze \(pattern) matches none of the model's parameters")
        }
        say(
            "\(training.count) photos to train on, \(held.count) to validate; classes: \(names.joined(separator: ", "))"
        )
        say("\(recipe)")
        say("\(model.parameterCount) parameters, seed \(seed)")

        let trainLoader = DataLoader(
            training.transformed(by: recipe.augmentation(normalization)), batchSize: recipe.batchSize,
            shuffle: true,
            seed: seed, workers: workers)
        let validationLoader = DataLoader(
            held.transformed(by: card.preprocessing), batchSize: recipe.batchSize, shuffle: false, seed: seed,
            workers: workers)
        let trainer = Trainer(
            model, optimizer: recipe.optimizer.make(recipe, model.parameters),
            schedule: recipe.schedule(stepsPerEpoch: trainLoader.batchCount),
            loss: CrossEntropy(labelSmoothing: recipe.labelSmoothing))
        trainer.output = folder.url
        trainer.card = card
        trainer.seed = seed
        trainer.patience = patience
        trainer.afterEpoch = { say(line(for: $0)) }
        trainer.onSkipped = { say("left out: \($0.error)") }
        if resume {
            try trainer.resume(from: folder.last)
            say("resumed after epoch \(trainer.history.epochs.count)")
        }
        try ClassIndices.write(names, to: folder.classIndices)
        do {
            try trainer.fit(trainLoader, validation: validationLoader, epochs: recipe.epochs)
        } catch let error as TrainingError {
            guard case .interrupted = error else { throw error }
            say("\(error)")
            // What a shell reports for a program that Ctrl-C ended.
            throw ExitCode(130)
        }
        report(trainer.history, folder)
    }

    private func line(for epoch: History.Epoch) -> String {
        var text =
            "epoch \(epoch.number): train loss \(String(format: "%.3f", epoch.trainLoss)), accuracy \(epoch.trainAccuracy.percent)"
        if let loss = epoch.validationLoss, let accuracy = epoch.validationAccuracy {
            text += "; validation loss \(String(format: "%.3f", loss)), accuracy \(accuracy.percent)"
        }
        return text
    }

    private func report(_ history: History, _ folder: RunFolder) {
        if let best = history.best, let accuracy = best.validationAccuracy {
            say("best: \(accuracy.percent) on the validation set, after epoch \(best.number)")
        }
        say("checkpoints: \(folder.best.relativePath), \(folder.last.relativePath)")
        say("plots: \(folder.plots.relativePath)")
    }

    /// train/ and val/, or one folder parted here.
    private func datasets() throws -> (training: ImageFolder, validation: ImageFolder) {
        let root = URL(filePath: photos)
        let (train, val) = (root.appending(path: "train"), root.appending(path: "val"))
        guard FileManager.default.fileExists(atPath: train.path) else {
            let parts = try ImageFolder(root, strict: strict).split(validation: validation, seed: seed)
            return (parts.training, parts.validation)
        }
        let (training, held) = (try ImageFolder(train, strict: strict), try ImageFolder(val, strict: strict))
        guard training.classes == held.classes else {
            throw ValidationError(
                "\(train.path) has classes \(training.classes), \(val.path) has \(held.classes)")
        }
        return (training, held)
    }

    /// The file that `--weights` names.
    private func weightsFile(_ name: String, _ recipe: Recipe) async throws -> URL {
        guard name == "imagenet" else { return try checkpoint(at: name) }
        let column = VGG.Column.allCases.first { $0.stages == recipe.column ?? recipe.network.column }
        let address = column.flatMap {
            VGG.Pretrained.imageNet.address($0, batchNormalization: recipe.batchNormalization)
        }
        guard let address else {
            throw ValidationError(
                "--weights imagenet: there are weights for vgg11, vgg13, vgg16 and vgg19, not for this network"
            )
        }
        return try await HubCache.standard.file(
            for: address, options: .withProgressBar(title: address.lastPathComponent))
    }

    /// Takes over all weights that fit; the last layer may have other classes, or the whole classifier another shape.
    private func takeWeights(from url: URL, into model: VGG) throws {
        let checkpoint = try Checkpoint(contentsOf: url).dropping("optimizer.*")
        let own = Dictionary(uniqueKeysWithValues: model.stateDictionary.map { ($0.name, $0.tensor.shape) })
        let last = "classifier.\(model.classifier.layers.count - 1)."
        let misfits = checkpoint.tensors.filter {
            $0.name.hasPrefix("classifier.") && own[$0.name] != $0.tensor.shape
        }
        let isOnlyLast = misfits.allSatisfy { $0.name.hasPrefix(last) }
        let left = misfits.isEmpty ? nil : isOnlyLast ? last : "classifier."
        let report = try model.load(left.map { checkpoint.dropping($0 + "*") } ?? checkpoint, strict: false)
        let missing = report.missing.filter { name in !(left.map { name.hasPrefix($0) } ?? false) }
        if !missing.isEmpty || !report.unexpected.isEmpty {
            throw StateError.names(LoadReport(missing: missing, unexpected: report.unexpected))
        }
        let remark =
            left == nil
            ? ""
            : isOnlyLast
                ? ", without the last layer: its classes differ"
                : ", without the classifier: its shape differs"
        say("weights from \(url.relativePath)\(remark)")
    }
}
