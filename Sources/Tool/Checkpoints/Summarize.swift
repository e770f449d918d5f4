// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Summarize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show what a recipe sets, and its network's layers, shapes, parameters and costs.")

    @Option(help: "The number of classes. (default: 5)")
    var classes: Int?

    @Option(help: "Show the network of a checkpoint or run instead.")
    var checkpoint: String?

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
        if let classes, classes < 1 {
            throw ValidationError("--classes is \(classes); it should be positive")
        }
        if checkpoint != nil && classes != nil {
            throw ValidationError("--classes has no effect beside --checkpoint, which has classes of its own")
        }
        let recipe = try options.resolved()
        if checkpoint != nil, RunSettings(recipe, [:]) != RunSettings(Recipe(), [:]) {
            throw ValidationError(
                "options of the recipe have no effect beside --checkpoint, which has a network of its own")
        }
    }

    func run() throws {
        if let checkpoint {
            let classifier = try ImageClassifier(contentsOf: checkpointFile(at: checkpoint))
            let size = classifier.card.imageSize
            let channels = classifier.card.network.inputChannels
            show(classifier.model.summary(inputShape: [1, channels, size, size]))
        } else {
            let recipe = try options.resolved()
            let model = recipe.configuration(classCount: classes ?? 5).makeModelToLoad()
            try model.freeze(all: recipe.frozen)
            say("\(recipe)\n")
            show(model.summary(inputShape: [1, 3, recipe.imageSize, recipe.imageSize]))
        }
    }

    private func show(_ summary: Summary) {
        let width = TerminalText.width(of: STDOUT_FILENO)
        print(width.map { summary.description(width: $0 - 1) } ?? "\(summary)")
    }
}
