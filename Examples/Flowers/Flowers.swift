// SPDX-License-Identifier: Apache-2.0
// Flower classification with the library: photos, a network, training, evaluation, a report, a prediction.

import ArgumentParser
import DrawnFlowers
import Foundation
import VGGKit
import VGGKitReports

@main
struct Flowers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify five kinds of flowers: photos of your own, or drawn ones.",
        subcommands: [Classify.self, Synthesize.self], defaultSubcommand: Classify.self)
}

struct Classify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Train a small VGG on photos of flowers, evaluate it, and classify one of them.")

    @Argument(
        help:
            "A folder with one folder of photos for each kind; without it, flowers are drawn into data/flowers."
    )
    var photos: String?

    @Option(help: "The number of epochs: how often every photo is used.")
    var epochs = 14

    @Option(
        name: .shortAndLong,
        help: "The folder for checkpoints, plots and the report; a run that is there is continued.")
    var output = "runs/flowers"

    func validate() throws {
        guard epochs > 0 else { throw ValidationError("--epochs is \(epochs); it should be positive") }
    }

    func run() throws {
        let folder = URL(filePath: photos ?? "data/flowers")
        if photos == nil, !FileManager.default.fileExists(atPath: folder.path) {
            print("drawing five kinds of flowers into \(folder.relativePath)")
            try DrawnFlowers(imagesPerClass: 600, seed: 1).write(to: folder)
        }

        // A fifth of the photos is held out for validation.
        let split = try ImageFolder(folder).split(validation: 0.2, seed: 1)
        let (training, validation) = (split.training, split.validation)
        let classes = training.classes
        print(
            "\(training.count) photos to train on, \(validation.count) to validate: \(classes.joined(separator: ", "))"
        )

        // A VGG of four stages. The card describes the preprocessing, and is stored in the checkpoints.
        let network = VGG.Configuration(
            column: [16, .maxPool, 32, .maxPool, 64, .maxPool, 128, .maxPool], batchNormalization: true,
            classCount: classes.count, pooledSize: 2, hiddenUnits: [64], dropout: 0.2)
        let card = ModelCard(network: network, classes: classes, imageSize: 64, normalization: .imageNet)
        let model = withRandomSource(RandomSource(seed: 7)) { VGG(network) }
        print(model.summary(inputShape: [1, 3, card.imageSize, card.imageSize]))

        // In training each photo is cropped and mirrored at random, anew in each epoch.
        let augmentation = Compose(
            [RandomResizedCrop(card.imageSize, scale: 0.6...1), RandomHorizontalFlip()], normalize: .imageNet)
        let batches = DataLoader(
            training.transformed(by: augmentation), batchSize: 32, shuffle: true, seed: 7)
        let held = DataLoader(validation.transformed(by: card.preprocessing), batchSize: 32)

        // The learning rate rises and falls again: one cycle over all steps.
        let trainer = Trainer(
            model,
            optimizer: SGD(
                model.parameters, learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4, nesterov: true),
            schedule: OneCycleLR(maximumRate: 0.05, totalSteps: epochs * batches.batchCount),
            configuration: .init(card: card, output: URL(filePath: output), seed: 7, stopsOnSignals: true))
        trainer.drawPlots()
        let run = RunFolder(URL(filePath: output))
        if run.hasRun { try trainer.resume(from: run.last) }
        let history = try trainer.fit(batches, validation: held, epochs: epochs)

        // Open the best epoch's weights, as another program would do.
        let best = try ImageClassifier(contentsOf: run.best)
        let evaluation = try evaluate(best.model, on: held, classes: classes)
        print(evaluation.confusion)

        var report = HTMLReport(title: "Five kinds of flowers")
        report.history = history
        report.evaluation = evaluation
        try report.addPhotos(of: validation, explaining: best.model, preprocessing: card.preprocessing)
        report.summary = best.model.summary(inputShape: [1, 3, card.imageSize, card.imageSize])
        try report.write(to: run.report)
        print("report: \(run.report.relativePath)")

        guard let photo = validation.files.first else { return }
        for prediction in try best.predict(contentsOf: photo, top: 3) {
            let percent = String(format: "%.1f", 100 * prediction.probability)
            print("\(photo.lastPathComponent): \(prediction.name), \(percent) %")
        }
    }
}
