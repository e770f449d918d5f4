// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit

@main
struct VGGKitTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vggkit",
        abstract: "Train image classifiers on folders of photos, use them, and look into checkpoints.",
        discussion: """
            A data set is a folder with one folder of photos for each class: JPEG, PNG, and HEIC, AVIF and WebP where \
            libheif and libwebp are installed. The usual way:
              vggkit split photos data/photos           split it into train/ and val/
              vggkit show-batch data/photos             see what the network will see
              vggkit find-learning-rate data/photos     try learning rates
              vggkit train data/photos -o runs/first    train, validate, save, plot
              vggkit predict runs/first photo.jpg       name what is on a photo
              vggkit explain runs/first photo.jpg       show where it sees that
            Checkpoints may be PyTorch's (.pth, .pt, of any age), safetensors or NumPy's (.npy, .npz); their contents \
            say which. Nothing that a file holds is ever run.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Training",
                subcommands: [
                    Split.self, Shard.self, ShowBatch.self, FindLearningRate.self, Train.self, Compare.self,
                ]),
            CommandGroup(
                name: "Prediction", subcommands: [Evaluate.self, Predict.self, Explain.self]),
            CommandGroup(
                name: "Network and file",
                subcommands: [Summarize.self, Inspect.self, Convert.self, Diff.self]),
            CommandGroup(name: "Machine", subcommands: [Devices.self]),
        ])

    static func main() async {
        MemoryPool.advice.withLock { $0 = Memory.advice }
        let arguments = NearMisses.withUsualDashes(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error, arguments)
        }
    }

    /// Foundation's errors as readable texts, without domains and codes.
    private static func readable(_ error: any Error) -> any Error {
        guard error is CocoaError || error is POSIXError || type(of: error) is NSError.Type else {
            return error
        }
        let path = (error as NSError).userInfo[NSFilePathErrorKey] as? String
        return Failure((path.map { "\($0): " } ?? "") + reason(of: error))
    }

    /// Ends the process like `exit(withError:)`. The text is broken between words in a terminal, and suggests
    /// the option or command that was probably meant.
    private static func end(with error: any Error, _ arguments: [String]) -> Never {
        let status = exitCode(for: error)
        guard !status.isSuccess, !(error is ExitCode) else { exit(withError: error) }
        if Launch.isSaidByFirstRank(error) { Foundation.exit(status.rawValue) }
        let text = fullMessage(for: readable(error))
        warn(NearMisses(arguments, of: Self.self).answer(to: text) ?? text)
        Foundation.exit(status.rawValue)
    }
}
