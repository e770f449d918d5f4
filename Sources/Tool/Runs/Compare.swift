// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit
import VGGKitReports

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Compare training runs: their best accuracies, and their validation curves in one picture.",
        discussion: "Runs are those that train wrote, also if they are still running or were stopped.")

    @Argument(help: "The folders of the runs, at most six.")
    var runs: [String]

    @Option(name: .shortAndLong, help: "The folder for the curves: loss and acc, as PNG and SVG.")
    var output = "comparison"

    func validate() throws {
        guard runs.count <= 6 else {
            throw ValidationError("\(runs.count) runs were named; at most six can be compared")
        }
    }

    func run() throws {
        let histories = try runs.map { (name: name(of: $0), history: try history(of: $0)) }
        let best = histories.map(\.history.best!)
        let columns: [(title: String, entries: [String])] = [
            ("run", histories.map(\.name)),
            ("epochs", histories.map { "\($0.history.epochs.count)" }),
            ("best epoch", best.map { "\($0.number)" }),
            ("validation", best.map { $0.validationAccuracy?.percent ?? "–" }),
            ("loss", best.map { $0.validationLoss.map { Decimals.fixed($0, 3) } ?? "–" }),
            ("training", best.map(\.trainAccuracy.percent)),
        ]
        for line in -1..<histories.count {
            let cells = columns.enumerated().map { index, column in
                let width = ([column.title] + column.entries).map(TerminalText.columns).max()!
                let text = line < 0 ? column.title : column.entries[line]
                let space = String(repeating: " ", count: width - TerminalText.columns(text))
                return index == 0 ? text + space : space + text
            }
            print(cells.joined(separator: "  "))
        }
        for line in try lossRemarks(histories.map(\.name)) { print(line) }
        let folder = fileURL(output)
        try makeFolder(folder)
        try TrainingPlots(comparing: histories).write(to: folder)
        print("curves: \(folder.relativePath)/loss.png, \(folder.relativePath)/acc.png, and as SVG")
    }

    /// Notes which runs have a loss other than plain cross entropy, because different losses cannot be
    /// compared.
    private func lossRemarks(_ names: [String]) throws -> [String] {
        let losses = try runs.map { try RunOrigin.read(RunFolder(fileURL($0)))?.lossName }
        let others = Set(losses.compactMap(\.self)).subtracting([Recipe().lossName]).sorted()
        return others.map { loss in
            let own = zip(names, losses).filter { $0.1 == loss }.map(\.0)
            return "loss of \(own.joined(separator: ", ")): \(loss)"
        }
    }

    /// The folder's name, or its path if another run's folder has the same name.
    private func name(of run: String) -> String {
        let names = runs.map { fileURL($0).lastPathComponent }
        let own = fileURL(run).lastPathComponent
        return names.count { $0 == own } == 1 ? own : run
    }

    private func history(of run: String) throws -> History {
        let folder = RunFolder(fileURL(run))
        guard folder.hasRun else {
            throw Failure("there is no run in \(run): \(folder.last.relativePath) is missing")
        }
        guard let history = try History(checkpoint: folder.last), !history.epochs.isEmpty else {
            throw Failure("the run in \(run) has not finished an epoch yet")
        }
        return history
    }
}
