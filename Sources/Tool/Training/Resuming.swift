// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// The checks of `--resume`. With other options, the rest of the run would not fit its beginning.
extension Train {
    /// - Throws: `Failure` if the run cannot continue with these settings. Harmless differences are printed.
    func requireSameRun(_ settings: RunSettings, _ recipe: Recipe, _ folder: RunFolder) throws {
        guard let before = try RunOrigin.read(folder)?.settings else { return }
        let done = try History(checkpoint: folder.last)?.epochs.count ?? 0
        let differences = before.differences(to: settings).filter {
            // A finished run does not change.
            $0.option != "--epochs" || recipe.epochs > done
        }
        let resumed = ResumedSettings(differences, recipe)
        guard resumed.refused.isEmpty else {
            let lines = resumed.refused.map { difference, reason in
                "  \(difference.option): \(difference.before) then, \(difference.now) now"
                    + (reason.map { " (\($0))" } ?? "")
            }
            throw Failure(
                "the run in \(output) was begun with other options or photos; with these it would go on as another run:\n"
                    + lines.joined(separator: "\n") + "\n" + (try advice(folder)))
        }
        for difference in resumed.adapted {
            say(
                "the run was begun with \(difference.option) \(difference.before); it goes on with \(difference.now)"
            )
        }
    }

    /// - Throws: `Failure` if the model or its preprocessing differs from the run's checkpoint.
    func requireSameCard(_ card: ModelCard, _ folder: RunFolder) throws {
        guard try ImageClassifier(contentsOf: folder.last).card == card else {
            throw Failure(
                "the run in \(output) was begun with other options or photos: its network, image size, normalisation or classes are others\n"
                    + (try advice(folder)))
        }
    }

    private func advice(_ folder: RunFolder) throws -> String {
        let origin = try RunOrigin.read(folder)
        let isElsewhere = origin?.folder.map { $0 != FileManager.default.currentDirectoryPath } ?? false
        let location = isElsewhere ? " in \(origin!.folder!)" : ""
        let command = origin.map { "It was begun\(location) with\n  \($0.command)\n" } ?? ""
        return command
            + "Repeat that command with --resume added. To train on with other options, begin another run with its weights: --weights \(output) --output NEW"
    }
}

extension Photos {
    /// A hash that detects other photos, or another split of the same photos.
    var fingerprint: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // FNV-1a, by G. Fowler, L. C. Noll and K.-P. Vo.
        for folder in [training, validation] {
            for (name, label) in zip(folder.files.fileNames, folder.labels) {
                for byte in "\(label)/\(name)\n".utf8 {
                    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
                }
            }
        }
        return "\(training.count) + \(validation.count), names \(String(hash, radix: 16))"
    }
}
