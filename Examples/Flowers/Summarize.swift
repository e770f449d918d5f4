// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VGGKit

struct Summarize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show what a recipe sets, and its network's layers, shapes, parameters and costs.")

    @Option(help: "The number of classes.")
    var classes = 5

    @Option(help: "Show the network of a checkpoint or run instead.")
    var checkpoint: String?

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
        guard classes > 0 else { throw ValidationError("--classes is \(classes); it should be positive") }
        _ = try options.resolved()
    }

    func run() throws {
        if let checkpoint {
            let classifier = try ImageClassifier(contentsOf: flowers.checkpoint(at: checkpoint))
            let size = classifier.card.imageSize
            let channels = classifier.card.architecture.inputChannels
            print(classifier.model.summary(inputShape: [1, channels, size, size]))
        } else {
            let recipe = try options.resolved()
            let model = recipe.architecture(classCount: classes).makeModel(initialization: .zeros)
            try model.freeze(all: recipe.frozen)
            print("\(recipe)\n")
            print(model.summary(inputShape: [1, 3, recipe.imageSize, recipe.imageSize]))
        }
    }
}
