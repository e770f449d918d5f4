// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

/// Weights of another run, or from elsewhere, that training starts from.
struct StartingWeights {
    /// As `--weights` names them.
    let name: String
    let architecture: Architecture

    /// Takes over all weights that fit; the last layer may have other classes, or the whole head another shape.
    func load(into model: any Classifier) async throws {
        let url = try await file()
        let checkpoint = try read(url).weights.dropping("aux1.*", "aux2.*")
        let own = Dictionary(uniqueKeysWithValues: model.stateDictionary.map { ($0.name, $0.tensor.shape) })
        let misfits = checkpoint.tensors.map(\.name).filter { name in
            own[name] != checkpoint[name]?.shape && name.hasPrefix(model.headName + ".")
        }
        let isOnlyLast = misfits.allSatisfy { $0.hasPrefix(architecture.lastLayer + ".") }
        let left = isOnlyLast ? architecture.lastLayer : model.headName
        let fitting = misfits.isEmpty ? checkpoint : checkpoint.dropping(left + ".*")
        let report = try model.load(fitting, strict: false)
        let missing = report.missing.filter { misfits.isEmpty || !$0.hasPrefix(left + ".") }
        if !missing.isEmpty || !report.unexpected.isEmpty {
            throw StateError.names(LoadReport(missing: missing, unexpected: report.unexpected))
        }
        let remark =
            misfits.isEmpty
            ? ""
            : isOnlyLast
                ? ", without the last layer: its classes differ"
                : ", without the classifier: its shape differs"
        say("weights from \(url.relativePath)\(remark)")
    }

    private func read(_ url: URL) throws -> Checkpoint {
        guard name == "imagenet" else { return try Checkpoint(contentsOf: url) }
        do {
            return try Checkpoint(contentsOf: url)
        } catch {
            throw Failure("\(error); remove this file, and it is fetched again")
        }
    }

    private func localFile() throws -> URL {
        guard FileManager.default.fileExists(atPath: name) else {
            throw Failure(
                "--weights \(name): there is no such checkpoint or run; imagenet stands for torchvision's weights"
            )
        }
        return try checkpoint(at: name)
    }

    private func file() async throws -> URL {
        guard name == "imagenet" else { return try localFile() }
        guard let address = architecture.imageNetAddress else {
            throw Failure(
                "--weights imagenet: there are weights for vgg11, vgg13, vgg16, vgg19 and their neighbours, not for this network"
            )
        }
        do {
            return try await HubCache.standard.file(
                for: address, options: .withProgressBar(title: address.lastPathComponent))
        } catch let error as DownloadError {
            let folder = HubCache.standard.folder.path
            throw Failure(
                """
                \(error)
                Where there is no network, fetch that file elsewhere, and put it into \(folder), \
                or say where it is: --weights FOLDER/\(address.lastPathComponent)
                """)
        }
    }
}
