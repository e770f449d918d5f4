// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Predict: ComputingCommand {
    static let configuration = CommandConfiguration(abstract: "Classify photos.")

    @Argument(help: "A checkpoint, or the folder of a run.")
    var checkpoint: String

    @Argument(help: "Photos, or folders of photos.")
    var photos: [String]

    @Option(help: "The number of classes to print, most probable first.")
    var top = 5

    @Flag(help: "Print JSON, one line per photo.")
    var json = false

    @Option(help: "The expected number of classes; an error if the checkpoint has another.")
    var classes: Int?

    @Option(
        help:
            "A file with the names of the classes: JSON, as class_indices.json, or a text with one name per line, in the order of the outputs. By default the checkpoint's names, or those of a class_indices.json beside it."
    )
    var names: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Use photos that are damaged in part, too, with a warning.")
    var acceptDamaged = true

    @OptionGroup
    var computing: DeviceOptions

    @OptionGroup(title: "Test-time augmentation")
    var testTime: AugmentationOptions

    func validate() throws {
        guard top > 0 else { throw ValidationError("--top is \(top); it should be positive") }
        guard !photos.isEmpty else { throw ValidationError("no photos were named") }
    }

    private struct Line: Encodable {
        var file: String
        var predictions: [ImageClassifier.Prediction]?
        var error: String?

        private enum CodingKeys: CodingKey { case file, predictions, error }

        /// Null if there are no predictions.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(file, forKey: .file)
            try container.encode(predictions, forKey: .predictions)
            try container.encodeIfPresent(error, forKey: .error)
        }
    }

    func compute() throws {
        let classifier = try ImageClassifier(
            contentsOf: checkpointFile(at: checkpoint),
            classes: names.map { try ClassIndices.read(fileURL($0)) }
        ).with(testTime.augmentation)
        try requireClasses(classes, of: classifier, checkpoint)
        var failures = 0
        for url in try photos.flatMap(photoFiles) {
            do {
                let predictions = try decoding(acceptsDamaged: acceptDamaged) {
                    try classifier.predict(contentsOf: url, $0, top: top)
                }
                show(url, predictions)
            } catch {
                failures += 1
                if json {
                    printJSON(Line(file: url.relativePath, error: "\(error)"))
                } else {
                    warn("\(error)")
                }
            }
        }
        if failures > 0 { throw ExitCode(1) }
    }

    private func show(_ url: URL, _ predictions: [ImageClassifier.Prediction]) {
        if json {
            printJSON(Line(file: url.relativePath, predictions: predictions))
            return
        }
        print(url.relativePath)
        let width = predictions.map { TerminalText.columns($0.name) }.max() ?? 0
        // The longest bar that fits the rest of the terminal's line; none if it would be too short.
        let left = TerminalText.width(of: STDOUT_FILENO).map { $0 - 1 - (width + 13) } ?? 40
        let longest = left < 8 ? 0 : min(left, 40)
        for prediction in predictions {
            let name = TerminalText.padded(prediction.name, to: width)
            let bar = String(
                repeating: "█", count: Int((prediction.probability * Float(longest)).rounded()))
            let line = "  \(name)  \(String(format: "%5.1f", 100 * prediction.probability)) %  \(bar)"
            print(longest == 0 ? String(line.dropLast(2)) : line)
        }
    }

    private func printJSON(_ line: Line) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, finite numbers and null always encode.
        print(String(decoding: try! encoder.encode(line), as: UTF8.self))
    }
}

/// The photo at a path, or all photos in the folder there.
func photoFiles(at path: String) throws -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw Failure("there is no file or folder at \(path)")
    }
    guard isFolder.boolValue else { return [fileURL(path)] }
    let found = try ImageFolder.imageFiles(
        below: fileURL(path), onUnreadable: { warn("skipped: \($0)") },
        onSkipped: { warn("skipped in \(path): \($0)") })
    guard !found.isEmpty else { throw Failure("\(path) holds no photos") }
    return found
}

/// Decodes a photo strictly. If it is damaged in part and that is accepted, decodes it again, with a warning.
func decoding<Result>(
    acceptsDamaged: Bool, _ body: (DecodingOptions) throws -> Result
) throws -> Result {
    do {
        return try body(DecodingOptions())
    } catch ImageError.damaged(let source, let reason) where acceptsDamaged {
        warn("\(source) is damaged in part, and some of its pixels are wrong: \(reason)")
        var options = DecodingOptions()
        options.acceptsDamaged = true
        return try body(options)
    }
}
