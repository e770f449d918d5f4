// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit

/// How a run was begun: what its reports tell, also later ones.
struct RunOrigin: Codable {
    var command: String
    var facts: [HTMLReport.Fact]

    /// As a later report has it.
    var reported: [HTMLReport.Fact] { [.init("trained by", command)] + facts }

    func write(to folder: RunFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        try writeAtomically(encoder.encode(self), to: folder.origin)
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
    var history: History?
    var facts: [HTMLReport.Fact]
    var showsPhotos = true

    func write(to url: URL) throws {
        let card = classifier.card
        var report = HTMLReport(title: title)
        report.subtitle =
            "\(evaluation.count) photos of \(card.classes.count) classes, seen at \(card.imageSize) × \(card.imageSize) pixels"
        report.history = history
        report.evaluation = evaluation
        if showsPhotos {
            try report.addPhotos(of: photos, explaining: classifier.model, preprocessing: card.preprocessing)
        }
        try report.addMap(
            of: photos, model: classifier.model, preprocessing: card.preprocessing,
            withThumbnails: showsPhotos)
        report.filters = HTMLReport.filters(of: classifier.model)
        report.summary = classifier.model.summary(
            inputShape: [1, card.architecture.inputChannels, card.imageSize, card.imageSize])
        report.command = CommandLine.commandText
        report.facts = facts + HTMLReport.environment
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try report.write(to: url)
        say("report: \(url.relativePath)")
    }
}

extension CommandLine {
    /// The command as it can be given to a shell again.
    static var commandText: String {
        let words = ["flowers"] + arguments.dropFirst()
        return words.map { word in
            let isPlain =
                !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./,:=+@%".contains($0) }
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
