// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit
import VGGKitReports

struct Explain: ComputingCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Show which parts of photos a classifier bases its decision on, and which photos it finds alike.",
        discussion: """
            For each photo it writes a picture: the photo as the model sees it, and beside it the same with Grad-CAM's map
            over it. What speaks for the class keeps its colours and glows, the rest turns grey.
            """)

    @Argument(help: "A checkpoint, or the folder of a run.")
    var checkpoint: String

    @Argument(help: "Photos, or folders of them.")
    var photos: [String]

    @Option(name: .shortAndLong, help: "The folder for the pictures.")
    var output = "explanations"

    @Option(help: "The layer whose map is shown, as features.12; by default the last map.")
    var layer: String?

    @Option(
        name: .customLong("class"), help: "The class to explain; by default each photo's most probable one.")
    var className: String?

    @Option(
        help: "A folder with one folder of photos for each class, in which similar photos are searched."
    )
    var among: String?

    @Option(help: "The number of similar photos to list.")
    var neighbors = 3

    @OptionGroup
    var computing: DeviceOptions

    func validate() throws {
        guard neighbors > 0 && neighbors <= 1000 else {
            throw ValidationError("--neighbors is \(neighbors); it should lie between 1 and 1000")
        }
    }

    func compute() throws {
        let classifier = try ImageClassifier(contentsOf: checkpointFile(at: checkpoint))
        let index = try className.map { name in
            guard let index = classifier.card.classes.firstIndex(of: name) else {
                throw Failure(
                    "--class is \(name), but \(checkpoint) has \(classifier.card.classes.joined(separator: ", "))"
                )
            }
            return index
        }
        let files = try photos.flatMap { try photoFiles(at: $0) }
        let cam = GradCAM(classifier.model, layer: layer.map { .name($0) } ?? .lastMap)
        let folder = fileURL(output)
        for path in photos + (among.map { [$0] } ?? []) { try requireOutside(path, folder) }
        try makeFolder(folder)
        let alike = try among.map { try Gallery(of: ImageFolder(fileURL($0)), for: classifier) }
        var failures = 0
        for (number, file) in files.enumerated() {
            let image: Image
            do {
                image = try decoding(acceptsDamaged: true) { try Image(contentsOf: file, $0) }
            } catch {
                failures += 1
                warn("\(error)")
                continue
            }
            var generator = RandomGenerator(seed: 0)
            let input = classifier.card.preprocessing(image, using: &generator).expanded(at: 0)
            let found = try cam(input, classes: index.map { [$0] })
            guard found.logits.floats.allSatisfy(\.isFinite) else {
                failures += 1
                warn("\(PredictionError.notFinite(file, parameter: classifier.nonFiniteParameter))")
                continue
            }
            let name = classifier.card.classes[found.classes[0]]
            let share = Double(softmax(found.logits).floats[found.classes[0]]).percent
            let picture = folder.appending(
                path: "\(number + 1)-\(file.deletingPathExtension().lastPathComponent).png")
            let shown = classifier.card.preprocessing.image(image, using: &generator)
            try found.heat[0].comparison(on: shown).write(to: picture)
            say("\(file.relativePath): \(name) \(share), \(found.layer) in \(picture.relativePath)")
            for line in try alike?.lines(like: input, count: neighbors) ?? [] { say("  like \(line)") }
        }
        if failures > 0 { throw ExitCode(1) }
    }
}

/// Throws if the pictures would be written among the photos, where they would be explained the next time.
private func requireOutside(_ path: String, _ folder: URL) throws {
    let photos = fileURL(path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: photos.path, isDirectory: &isFolder), isFolder.boolValue,
        folder.lies(within: photos)
    else { return }
    throw Failure(
        "--output \(folder.relativePath) lies within \(path), which holds the photos; choose a folder outside of it"
    )
}

/// The photos among which similar ones are searched.
private struct Gallery {
    let photos: ImageFolder
    let model: any Layer
    let neighbors: NearestNeighbors
    /// The index of the photo of each vector.
    let indices: [Int]

    init(of photos: ImageFolder, for classifier: ImageClassifier) throws {
        self.photos = photos
        model = classifier.model
        let loader = DataLoader(photos.transformed(by: classifier.card.preprocessing), batchSize: 16)
        let (vectors, indices) = try model.embeddings(of: loader)
        (neighbors, self.indices) = (NearestNeighbors(vectors), indices)
    }

    func lines(like input: Tensor, count: Int) throws -> [String] {
        neighbors.nearest(to: try model.embeddings(of: input), count: count)[0].map { neighbor in
            let index = indices[neighbor.index]
            let similarity = String(format: "%.3f", neighbor.similarity)
            return
                "\(photos.files[index].relativePath) (\(photos.classes[photos.labels[index]]), \(similarity))"
        }
    }
}
