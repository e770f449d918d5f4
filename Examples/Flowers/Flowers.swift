// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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
              flowers split data/flowers data/photos     part it into train/ and val/
              flowers train data/photos -o runs/first    train, validate, save, plot
              flowers predict runs/first photo.jpg       name what is on a photo
              flowers explain runs/first photo.jpg       show where it sees that
            """,
        subcommands: [
            Synthesize.self, Split.self, Train.self, Compare.self, Evaluate.self, Predict.self, Explain.self,
            Summarize.self,
        ])
}

/// The URL of a path as it was typed. The shell replaces a leading tilde where it means a home folder; one that is left is
/// a name's, which `URL` would take for somebody's home all the same.
func fileURL(_ path: String) -> URL { URL(filePath: path.hasPrefix("~") ? "./" + path : path) }

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
                "\(path) is a photo; a checkpoint, or the folder of a run, should stand in its place")
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
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Double {
    var percent: String { String(format: "%.1f %%", 100 * self) }
}

/// Prints to standard error.
func warn(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

/// Prints a line that a log shows at once, also where output is a file.
func say(_ text: String) {
    print(text)
    fflush(nil)
}
