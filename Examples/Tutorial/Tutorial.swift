// SPDX-License-Identifier: Apache-2.0
// The PyTorch tutorial that this library grew from, program by program. Docs/TheTutorial.md walks through it.

import ArgumentParser
import Foundation
import VGGKit

@main
struct Tutorial: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tutorial",
        abstract: "Fine-tune VGG-16 on photos of flowers, as the PyTorch tutorial does.",
        subcommands: [Split.self, Train.self, Predict.self])
}

struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Copy a tenth of each class to val/.")
    @Argument(help: "A folder with one folder of photos for each class.") var photos: String
    @Argument(help: "The folder that val/ and, with the rest, train/ are written to.") var output: String

    func run() throws {
        try ImageFolder(URL(filePath: photos)).split(validation: 0.1, seed: 0)
            .write(to: URL(filePath: output))
    }
}

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Train on train/ and validate on val/.")
    @Argument(help: "The folder that holds train/ and val/.") var photos: String
    @Option(help: "ImageNet's weights, as torchvision's vgg16.pth; new weights if not given.")
    var weights: String?
    @Option(help: "How often every photo is seen.") var epochs = 20
    @Option(help: "Where save_model/, result/ and class_indices.json go.") var output = "."

    func run() throws {
        let (photos, output) = (URL(filePath: photos), URL(filePath: output))
        try trainFlowers(photos: photos, weights: weights, epochs: epochs, output: output)
    }
}

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Name the flower on a photo.")
    @Argument(help: "A photo.") var photo: String
    @Option(help: "The folder that training wrote to.") var output = "."

    func run() throws {
        let (name, probability) = try predict(URL(filePath: photo), with: URL(filePath: output))
        print("\(name)  \(String(format: "%.1f %%", 100 * probability))")
    }
}
