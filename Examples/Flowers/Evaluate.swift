// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit
import VGGKitReports

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a checkpoint on a folder of photos: loss, accuracy, confusion matrix.")

    @Argument(help: "A checkpoint, or the folder of a run.")
    var checkpoint: String

    @Argument(help: "The folder with one folder of photos for each class.")
    var photos: String

    @Option(help: "Photos at a time.")
    var batchSize = 32

    @Option(help: "Threads that read photos ahead.")
    var workers = 2

    @Option(help: "The number of classes there should be; an error if the checkpoint has others.")
    var classes: Int?

    @Option(
        help:
            "Where the report goes. A run's goes to its result/: report.html about its own validation photos, report-NAME.html about another folder."
    )
    var report: String?

    @Flag(help: "Leave the photos themselves out of the report, as for one that is published.")
    var noPhotos = false

    @Flag(
        help: "Take photos a part of whose data is damaged, as browsers show them, instead of skipping them.")
    var acceptDamaged = false

    @OptionGroup(title: "Views")
    var views: ViewOptions

    func validate() throws {
        guard batchSize > 0 else {
            throw ValidationError("--batch-size is \(batchSize); it should be positive")
        }
        guard workers >= 0 && workers <= 64 else {
            throw ValidationError("--workers is \(workers); it should lie between 0 and 64")
        }
    }

    func run() throws {
        let classifier = try ImageClassifier(contentsOf: flowers.checkpoint(at: checkpoint)).with(views.views)
        try requireClasses(classes, of: classifier, checkpoint)
        var folder = try ImageFolder(fileURL(photos))
        folder.decoding.acceptsDamaged = acceptDamaged
        try requireSameClasses(folder, classifier)
        folder.notices.forEach(say)
        let loader = DataLoader(
            folder.transformed(by: classifier.viewed.preprocessing), batchSize: batchSize, workers: workers)
        let evaluation = try evaluate(classifier.viewed, on: loader, classes: folder.classes)
        guard evaluation.loss.isFinite || evaluation.count == 0 else {
            throw PredictionError.notFinite(
                fileURL(checkpoint), parameter: classifier.nonFiniteParameter)
        }
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
                .init("views", views.views.description),
            ],
            origin: origin,
            leftOut: photos.unreadable.map(\.description) + evaluation.skipped.map { "\($0.error)" },
            showsPhotos: !noPhotos
        ).write(to: file)
    }
}

/// Stops a tool that was told another number of classes than the checkpoint has.
func requireClasses(_ count: Int?, of classifier: ImageClassifier, _ checkpoint: String) throws {
    let names = classifier.card.classes
    guard let count, count != names.count else { return }
    throw Failure(
        "--classes is \(count), but \(checkpoint) has \(names.count): \(names.joined(separator: ", "))")
}
