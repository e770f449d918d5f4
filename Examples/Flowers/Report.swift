// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit
import VGGKitReports

/// How a run was begun: what its reports tell, also later ones.
struct RunOrigin: Codable {
    var command: String
    var facts: [HTMLReport.Fact]
    /// The folder in which the command was given.
    var folder: String?
    /// What decided how the run went. This and the next entries are nil for a run of an early version.
    var settings: RunSettings?
    /// The folders of its photos, as absolute paths; the same one twice where it was split for the run.
    var training: String?
    var validation: String?
    /// The same from the run's folder, for when all of it has been moved.
    private var trainingFromRun: String?
    private var validationFromRun: String?
    /// What its curves of the loss show.
    var lossName: String?
    /// What was frozen, as `--freeze` names it.
    var frozen: [String]?

    /// What photos are to the run.
    enum Role {
        case training, validation, other

        /// What a report about them should say of its numbers.
        var remark: String {
            switch self {
            case .training:
                "The run was trained on these photos, or on some of them: how it does on others is not seen here."
            case .validation:
                "The best epoch was chosen on these same photos, which flatters the numbers a little; photos that were kept apart until the end tell more."
            case .other: ""
            }
        }
    }

    init(
        command: String, facts: [HTMLReport.Fact], settings: RunSettings, photos: Photos, lossName: String,
        frozen: [String]
    ) {
        self.command = command
        self.facts = facts
        self.settings = settings
        self.lossName = lossName
        self.frozen = frozen
        folder = FileManager.default.currentDirectoryPath
        (training, validation) = (photos.training.root.realPath, photos.validation.root.realPath)
    }

    /// A folder that was split for the run holds training photos too, and counts as theirs.
    func role(of photos: URL, to run: RunFolder) -> Role {
        func isSame(_ folder: String?, _ fromRun: String?) -> Bool {
            let folders = [folder.map { fileURL($0) }, fromRun.map { run.url.appending(path: $0) }]
            return folders.contains { $0?.realPath == photos.realPath }
        }
        if isSame(training, trainingFromRun) { return .training }
        return isSame(validation, validationFromRun) ? .validation : .other
    }

    func write(to run: RunFolder) throws {
        var origin = self
        origin.trainingFromRun = training.map { Self.path(to: $0, from: run.url.realPath) }
        origin.validationFromRun = validation.map { Self.path(to: $0, from: run.url.realPath) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try writeAtomically(encoder.encode(origin), to: run.origin)
    }

    private static func path(to target: String, from folder: String) -> String {
        let (target, folder) = (URL(filePath: target).pathComponents, URL(filePath: folder).pathComponents)
        let common = zip(target, folder).prefix { $0 == $1 }.count
        return (folder.dropFirst(common).map { _ in ".." } + target.dropFirst(common)).joined(separator: "/")
    }

    /// Nil for a run that has no such file, as one that was stopped.
    static func read(_ folder: RunFolder) throws -> RunOrigin? {
        guard FileManager.default.fileExists(atPath: folder.origin.path) else { return nil }
        do {
            return try JSONDecoder().decode(RunOrigin.self, from: Data(contentsOf: folder.origin))
        } catch {
            throw Failure("\(folder.origin.relativePath) does not read: \(error)")
        }
    }
}

/// What was measured, as a page: `result/report.html`.
struct RunReport {
    var title: String
    var classifier: ImageClassifier
    var evaluation: Evaluation
    /// The photos that were evaluated.
    var photos: ImageFolder
    /// Other photos whose labels are looked at, those that the run was trained on.
    var trained: (photos: ImageFolder, predictions: Predictions)?
    var role: RunOrigin.Role
    var history: History?
    /// What is to be said first of how it was made.
    var facts: [HTMLReport.Fact] = []
    /// The run that the classifier is of.
    var origin: RunOrigin?
    /// Files that could not be read, and why.
    var leftOut: [String] = []
    var showsPhotos = true

    func write(to url: URL) throws {
        let card = classifier.card
        var report = HTMLReport(title: title)
        report.subtitle =
            "\(evaluation.count) photos of \(card.classes.count) classes, seen at \(card.imageSize) × \(card.imageSize) pixels"
        report.remark = role.remark
        report.history = history
        if let name = origin?.lossName { report.lossName = name }
        report.evaluation = evaluation
        if showsPhotos {
            try report.addPhotos(
                of: photos, explaining: classifier.model, preprocessing: card.preprocessing)
        }
        report.addSuspects(
            of: photos, predictions: evaluation.predictions, part: trained == nil ? "" : "validation",
            withPictures: showsPhotos)
        if let trained {
            report.addSuspects(
                of: trained.photos, predictions: trained.predictions, part: "training",
                withPictures: showsPhotos)
        }
        try report.addMap(
            of: photos, model: classifier.model, preprocessing: card.preprocessing,
            withThumbnails: showsPhotos)
        report.filters = HTMLReport.filters(of: classifier.model)
        if let frozen = origin?.frozen, let model = classifier.model as? any Classifier {
            try model.freeze(all: frozen)
        }
        report.summary = classifier.model.summary(
            inputShape: [1, card.network.inputChannels, card.imageSize, card.imageSize])
        report.command = CommandLine.commandText
        report.facts = facts + originFacts + leftOutFacts + HTMLReport.environment
        try makeFolder(url.deletingLastPathComponent())
        try report.write(to: url)
        say("report: \(url.relativePath)")
    }

    private var originFacts: [HTMLReport.Fact] {
        guard let origin else { return [] }
        let isOther = origin.command != CommandLine.commandText
        return (isOther ? [.init("trained by", origin.command)] : []) + origin.facts
    }

    private var leftOutFacts: [HTMLReport.Fact] {
        guard !leftOut.isEmpty else { return [] }
        let shown = leftOut.prefix(5).joined(separator: "; ")
        return [.init("left out", leftOut.count > 5 ? "\(shown); and \(leftOut.count - 5) more" : shown)]
    }
}

extension CommandLine {
    /// The command as it can be given to a shell again.
    static var commandText: String { text(["flowers"] + arguments.dropFirst()) }

    /// The command that goes on with the run that this one trains, however the program was called.
    static var resumingCommand: String {
        var words = arguments
        if !words.contains("--resume") {
            words.insert("--resume", at: words.firstIndex(of: "--") ?? words.endIndex)
        }
        return text(words)
    }

    private static func text(_ words: [String]) -> String {
        words.map { word in
            let isPlain =
                !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./,:=+@%".contains($0) }
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
