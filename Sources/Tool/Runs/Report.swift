// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit
import VGGKitReports

/// How a run was started. All its reports show this, including later ones.
struct RunOrigin: Codable {
    var command: String
    var facts: [HTMLReport.Fact]
    /// The folder in which the command was given.
    var folder: String?
    /// The settings that decide how the run goes. This and the next entries are nil for a run of an early
    /// version.
    var settings: RunSettings?
    /// The folders of its photos, as absolute paths. Both are the same if one folder was split for the run.
    var training: String?
    var validation: String?
    /// The same, relative to the run's folder, in case everything has been moved.
    private var trainingFromRun: String?
    private var validationFromRun: String?
    /// The name of the loss in its curves.
    var lossName: String?
    /// The frozen parameters, as `--freeze` names them.
    var frozen: [String]?

    /// The role of photos in the run.
    enum Role {
        case training, validation, other

        /// A remark for a report about such photos, on how far its numbers can be trusted.
        var remark: String {
            switch self {
            case .training:
                "The run was trained on these photos, or on some of them. The numbers do not show how well it does on other photos."
            case .validation:
                "The best epoch was chosen on these same photos, so the numbers are a little too good. Photos that were held out until the end give better estimates."
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

    /// A folder that was split for the run contains training photos too, so its role is `training`.
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

    /// Nil if the run has no such file, for example because it was stopped early.
    static func read(_ folder: RunFolder) throws -> RunOrigin? {
        guard FileManager.default.fileExists(atPath: folder.origin.path) else { return nil }
        do {
            var origin = try JSONDecoder().decode(RunOrigin.self, from: Data(contentsOf: folder.origin))
            // What the command was called before.
            if origin.command.hasPrefix("flowers ") {
                origin.command = "vggkit" + origin.command.dropFirst("flowers".count)
            }
            return origin
        } catch {
            throw Failure("\(folder.origin.relativePath) does not read: \(error)")
        }
    }
}

/// The report about a run: `result/report.html`.
struct RunReport {
    var title: String
    var classifier: ImageClassifier
    var evaluation: Evaluation
    /// The photos that were evaluated.
    var photos: ImageFolder
    /// The training photos, whose labels are checked too.
    var trained: (photos: ImageFolder, predictions: Predictions)?
    var role: RunOrigin.Role
    var history: History?
    /// The first facts of the section about how it was made.
    var facts: [HTMLReport.Fact] = []
    /// The run that trained the classifier.
    var origin: RunOrigin?
    /// The files that were skipped, with the reasons.
    var skipped: [String] = []
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
        report.facts = facts + originFacts + skippedFacts + HTMLReport.environment
        try makeFolder(url.deletingLastPathComponent())
        try report.write(to: url)
        say("report: \(url.relativePath)")
    }

    private var originFacts: [HTMLReport.Fact] {
        guard let origin else { return [] }
        let isOther = origin.command != CommandLine.commandText
        return (isOther ? [.init("trained by", origin.command)] : []) + origin.facts
    }

    private var skippedFacts: [HTMLReport.Fact] {
        guard !skipped.isEmpty else { return [] }
        let shown = skipped.prefix(5).joined(separator: "; ")
        return [.init("skipped", skipped.count > 5 ? "\(shown); and \(skipped.count - 5) more" : shown)]
    }
}

extension CommandLine {
    /// The command, quoted so that it can be pasted into a shell.
    static var commandText: String { text(["vggkit"] + arguments.dropFirst()) }

    /// The command that resumes the current run, with the program's name as it was called.
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
