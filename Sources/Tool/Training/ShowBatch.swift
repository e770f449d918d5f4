// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit
import VGGKitReports

struct ShowBatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-batch",
        abstract: "Show the network's input: a batch of augmented photos, as one picture.",
        discussion:
            "Use the options that you will use for train. The picture shows the first batch of that run.")

    @OptionGroup
    var source: PhotoOptions

    @Option(name: .shortAndLong, help: "The picture to write, a PNG or JPEG file.")
    var output = "batch.png"

    @Option(help: "The number of images; if not given, a whole batch, at most 64.")
    var count: Int?

    @Option(help: "The epoch whose first batch is shown.")
    var epoch = 1

    @Flag(help: "Show validation photos, as they are in validation.")
    var heldOut = false

    @Option(help: "The random seed. Equal seeds give equal pictures.")
    var seed: UInt64 = 0

    @OptionGroup(title: "Recipe")
    var options: RecipeOptions

    func validate() throws {
        guard count.map((1...1024).contains) ?? true else {
            throw ValidationError("--count is \(count!); it should lie between 1 and 1024")
        }
        guard epoch >= 1 && epoch <= 1 << 16 else {
            throw ValidationError("--epoch is \(epoch); it should lie between 1 and 65536")
        }
        guard ["png", "jpg", "jpeg"].contains(fileURL(output).pathExtension.lowercased()) else {
            throw ValidationError("--output is \(output); its name should end in .png or .jpg")
        }
        _ = try options.resolved()
    }

    func run() throws {
        var recipe = try options.resolved()
        let found = try source.read(seed: seed)
        try found.requireOutside(fileURL(output), "--output")
        // Mixing blends neighbours in the batch, so the batch size must be that of training.
        let shown = count ?? min(recipe.batchSize, 64)
        if shown > recipe.batchSize { recipe.batchSize = shown }
        let normalization = try recipe.normalization(of: found.training)
        let card = ModelCard(
            network: recipe.configuration(classCount: found.classes.count), classes: found.classes,
            imageSize: recipe.imageSize, fit: recipe.fit, normalization: normalization)
        let photos =
            heldOut
            ? found.validation.transformed(by: card.preprocessing)
            : found.training.transformed(by: recipe.augmentation(normalization))
        let loader = DataLoader(
            photos, batchSize: recipe.batchSize, shuffle: !heldOut, seed: seed, workers: 0,
            balancesClasses: !heldOut && recipe.balancesClasses)
        guard let batch = try loader.batches(epoch: heldOut ? 0 : epoch - 1).next(), !batch.indices.isEmpty
        else {
            throw Failure("\(photos.folder.root.relativePath) gave no photo that could be read")
        }
        for sample in batch.skipped { say("skipped: \(sample.error)") }
        let sheet = self.sheet(batch, loader.batchCount, recipe, card, count: min(shown, batch.indices.count))
        let url = fileURL(output)
        try makeFolder(url.deletingLastPathComponent())
        try sheet.image.write(to: url)
        say("\(sheet.captions.count) images of \(recipe.imageSize)×\(recipe.imageSize) pixels in \(output)")
    }

    /// The images as in training, blended if the recipe says so.
    private func sheet(
        _ batch: Batch, _ batchCount: Int, _ recipe: Recipe, _ card: ModelCard, count: Int
    ) -> BatchSheet {
        let names = batch.labels.scalars(Int32.self).map { card.classes[Int($0)] }
        // The same random numbers as the trainer's for the epoch's first batch.
        var generator = RandomGenerator(seed: seed).forked(UInt64((epoch - 1) * batchCount))
        guard !heldOut, let (images, share) = recipe.mixing?(batch.images, using: &generator) else {
            return BatchSheet(
                images: batch.images[0..<count], captions: Array(names.prefix(count)),
                normalize: card.normalization)
        }
        let captions = names.indices.map { index in
            let other = names[(index + names.count - 1) % names.count]
            let percent = Int((100 * share).rounded())
            return other == names[index] ? other : "\(percent) % \(names[index]), \(100 - percent) % \(other)"
        }
        return BatchSheet(
            images: images[0..<count], captions: Array(captions.prefix(count)), normalize: card.normalization)
    }
}
