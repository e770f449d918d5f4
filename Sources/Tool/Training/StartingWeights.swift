// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

/// The weights that training starts from: those of another run, or of any checkpoint.
struct StartingWeights {
    /// The weights, as `--weights` names them.
    let name: String
    let network: any Network

    /// Loads all weights that fit, and prints which layers stay as initialised.
    func load(into model: any Classifier) async throws {
        let url = try await file()
        let checkpoint = try read(url)
        do throws(StateError) {
            say("weights from \(url.relativePath): \(try model.transfer(from: checkpoint))")
        } catch {
            if case .ambiguous(let prefixes) = error {
                throw Failure(
                    "--weights \(name): several parts of it are weights of this network (\(prefixes.joined(separator: ", "))); keep one: vggkit convert \(name) one.safetensors --drop '\(prefixes.last ?? "")*'"
                )
            }
            throw Failure("--weights \(name): \(error)\(hint(checkpoint, model))")
        }
    }

    /// A hint about the most likely mistake, if little fits.
    private func hint(_ checkpoint: Checkpoint, _ model: any Classifier) -> String {
        func normalizes(_ names: [String]) -> Bool { names.contains { $0.hasSuffix("running_mean") } }
        guard network is VGG.Configuration else { return "" }
        let own = normalizes(model.stateDictionary.map(\.name))
        guard own != normalizes(checkpoint.tensors.map(\.name)) else { return "" }
        return own
            ? "; the checkpoint has no batch normalisation: try --no-batch-normalization"
            : "; the checkpoint has batch normalisation: try --batch-normalization"
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
        return try checkpointFile(at: name)
    }

    private func file() async throws -> URL {
        guard name == "imagenet" else { return try localFile() }
        guard let address = network.imageNetWeights?.address else {
            throw Failure(
                "--weights imagenet: there are weights for vgg11, vgg13, vgg16, vgg19 and the other networks of the zoo, not for this network"
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
