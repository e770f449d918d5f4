// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit

@main
struct Flowers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flowers",
        abstract: "Train an image classifier on folders of photos, and use it.",
        discussion: """
            A data set is a folder with one folder of photos for each class: JPEG, PNG, and HEIC, AVIF and WebP where
            libheif and libwebp are installed. The usual way:
              flowers synthesize data/flowers            draw a data set (or bring your own photos)
              flowers split data/flowers data/photos     split it into train/ and val/
              flowers show-batch data/photos             see what the network will see
              flowers find-learning-rate data/photos     try learning rates, from too low to too high
              flowers train data/photos -o runs/first    train, validate, save, plot
              flowers predict runs/first photo.jpg       name what is on a photo
              flowers explain runs/first photo.jpg       show where it sees that
            """,
        subcommands: [
            Synthesize.self, Split.self, ShowBatch.self, FindLearningRate.self, Train.self, Compare.self,
            Evaluate.self, Predict.self, Explain.self, Summarize.self,
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

    /// Foundation's errors, without domains and codes.
    private static func readable(_ error: any Error) -> any Error {
        guard error is CocoaError || error is POSIXError || type(of: error) is NSError.Type else {
            return error
        }
        let path = (error as NSError).userInfo[NSFilePathErrorKey] as? String
        return Failure((path.map { "\($0): " } ?? "") + reason(of: error))
    }

    /// Ends the process as `exit(withError:)` does, with a text that a terminal breaks between words and that names what
    /// was meant.
    private static func end(with error: any Error, _ arguments: [String]) -> Never {
        let status = exitCode(for: error)
        guard !status.isSuccess, !(error is ExitCode) else { exit(withError: error) }
        let text = fullMessage(for: readable(error))
        warn(NearMisses(arguments, of: Self.self).answer(to: text) ?? text)
        Foundation.exit(status.rawValue)
    }
}

/// A checkpoint, or the folder of a run, whose best one is meant.
func checkpoint(at path: String) throws -> URL {
    let url = fileURL(path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw Failure("there is no checkpoint or run at \(path)")
    }
    guard isFolder.boolValue else {
        if (try? ImageHeader(contentsOf: url)) != nil {
            throw Failure(
                "\(path) is a photo; a checkpoint, or the folder of a run, should stand there")
        }
        return url
    }
    let best = RunFolder(url).best
    guard FileManager.default.fileExists(atPath: best.path) else {
        throw Failure("there is no run in \(path): \(best.relativePath) is missing")
    }
    return best
}

/// What keeps a command from its work once it is running; unlike `ValidationError` it says nothing of how commands are
/// written.
struct Failure: DescribedError {
    let description: String

    init(_ description: String) { self.description = description }
}
