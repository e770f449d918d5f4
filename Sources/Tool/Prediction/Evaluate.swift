// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit
import VGGKitReports

struct Evaluate: ComputingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a checkpoint on a folder of photos: loss, accuracy, confusion matrix.")

    @Argument(help: "A checkpoint, or the folder of a run.")
    var checkpoint: String

    @Argument(help: "The folder with one folder of photos for each class.")
    var photos: String

    @Option(help: "Photos in a batch.")
    var batchSize = 32

    @Option(help: "The expected number of classes; an error if the checkpoint has another.")
    var classes: Int?

    @Option(
        help:
            "The file of the report. By default a run's report goes to its result/: report.html about its own validation photos, report-NAME.html about another folder."
    )
    var report: String?

    @Flag(help: "Show no photos in the report, for example because it will be published.")
    var noPhotos = false

    @Flag(
        help: "Use photos that are damaged in part, as browsers show them, instead of skipping them.")
    var acceptDamaged = false

    @OptionGroup
    var computing: DeviceOptions

    @OptionGroup
    var reading: WorkerOptions

    @OptionGroup(title: "Test-time augmentation")
    var testTime: AugmentationOptions

    func validate() throws {
        guard batchSize > 0 else {
            throw ValidationError("--batch-size is \(batchSize); it should be positive")
        }
    }

    func compute() throws {
        let communicator = try Launch.communicator()
        let classifier = try ImageClassifier(contentsOf: checkpointFile(at: checkpoint)).with(
            testTime.augmentation)
        try requireClasses(classes, of: classifier, checkpoint)
        var folder = try ImageFolder(fileURL(photos))
        folder.decoding.acceptsDamaged = acceptDamaged
        try requireSameClasses(folder, classifier)
        folder.notices.forEach(say)
        let loader = DataLoader(
            folder.transformed(by: classifier.augmented.preprocessing), batchSize: batchSize,
            workers: reading.workers)
        let evaluation = try evaluate(
            classifier.augmented, on: loader, classes: folder.classes, communicator: communicator)
        guard evaluation.loss.isFinite || evaluation.count == 0 else {
            throw PredictionError.notFinite(
                fileURL(checkpoint), parameter: classifier.nonFiniteParameter)
        }
        guard !Console.isSilent else { return }
        for sample in evaluation.skipped { print("skipped: \(sample.error)") }
        if let count = skippedCount(evaluation.skipped) { print(count) }
        print("\(evaluation.count) photos: loss \(Decimals.fixed(evaluation.loss, 4)), ", terminator: "")
        let topFive = folder.classes.count > 5 ? ", top five \(evaluation.topFive.percent)" : ""
        print("accuracy \(evaluation.accuracy.percent)\(topFive)")
        let width = TerminalText.width(of: STDOUT_FILENO)
        print(width.map { evaluation.confusion.description(width: $0 - 1) } ?? "\(evaluation.confusion)")
        try writeReport(evaluation, classifier, folder)
    }

    private func requireSameClasses(_ folder: ImageFolder, _ classifier: ImageClassifier) throws {
        guard folder.classes != classifier.card.classes else { return }
        if let parts = SplitLayout(of: folder.root) {
            let names = [parts.training, parts.validation].map(\.lastPathComponent)
            throw Failure(
                "\(photos) holds \(names[0]) and \(names[1]); name one of them, as \(parts.validation.relativePath)"
            )
        }
        throw Failure(difference(checkpoint, classifier.card.classes, photos, folder.classes))
    }

    private func writeReport(
        _ evaluation: Evaluation, _ classifier: ImageClassifier, _ photos: ImageFolder
    ) throws {
        let run = RunFolder(fileURL(checkpoint))
        let origin = run.hasRun ? try RunOrigin.read(run) : nil
        let role = origin?.role(of: photos.root, to: run) ?? .other
        if role == .training { warn(role.remark) }
        let own = role == .validation ? run.report : run.report(on: photos.root)
        guard let file = report.map({ fileURL($0) }) ?? (run.hasRun ? own : nil) else { return }
        try RunReport(
            title: "\(run.url.lastPathComponent) on \(photos.root.standardizedFileURL.lastPathComponent)",
            classifier: classifier, evaluation: evaluation, photos: photos, role: role,
            history: run.hasRun ? History(checkpoint: run.last) : nil,
            facts: [
                .init("evaluated on", self.photos), .init("checkpoint", checkpoint),
                .init("test-time augmentation", testTime.augmentation.description),
            ],
            origin: origin,
            skipped: photos.unreadable.map(\.description) + evaluation.skipped.map { "\($0.error)" },
            showsPhotos: !noPhotos
        ).write(to: file)
    }
}

/// Throws if --classes is not the checkpoint's number of classes.
func requireClasses(_ count: Int?, of classifier: ImageClassifier, _ checkpoint: String) throws {
    let names = classifier.card.classes
    guard let count, count != names.count else { return }
    throw Failure(
        "--classes is \(count), but \(checkpoint) has \(names.count): \(names.joined(separator: ", "))")
}
