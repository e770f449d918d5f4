// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

@testable import flowers

/// What recipes set, and the options that change it.
@Suite struct RecipeTests {
    private let tutorial = Recipe.Preset.tutorial.recipe

    @Test func theTutorialsRecipeIsTheTutorials() {
        #expect(tutorial.network == .vgg16)
        #expect(!tutorial.batchNormalization)
        #expect(tutorial.initialization == .xavier)
        #expect(tutorial.hiddenUnits == [4096, 4096] && tutorial.pooledSize == 7 && tutorial.dropout == 0.5)
        #expect((tutorial.imageSize, tutorial.batchSize, tutorial.epochs) == (224, 16, 20))
        #expect(tutorial.optimizer == .sgd && tutorial.rate == 0.003)
        #expect(tutorial.momentum == 0 && tutorial.weightDecay == 0 && tutorial.labelSmoothing == 0)
        #expect(tutorial.normalization == .half && tutorial.cropScale == 0.08...1)
        #expect(tutorial.flip == .vertical && tutorial.fit == .squeeze && tutorial.shufflesValidation)
        #expect(tutorial.averaging == .batches && tutorial.accumulation == 1 && tutorial.averageDecay == nil)
        #expect(tutorial.problem == nil)
    }

    /// `StepLR(10, 0.5)`, stepped at the beginning of each epoch: the rates that PyTorch has in the loop.
    @Test func theTutorialsRatesAreHalvedOneEpochEarly() throws {
        let schedule = try #require(tutorial.schedule(stepsPerEpoch: 184))
        let optimizer = SGD([Parameter(Tensor([Float(0)]))], learningRate: tutorial.rate)
        let rates = (0..<20).map { epoch in
            schedule.apply(to: optimizer, step: 184 * epoch, epoch: epoch, history: History())
            return optimizer.learningRate
        }
        let expected = [Float](repeating: 0.003, count: 9) + [Float](repeating: 0.0015, count: 10) + [0.00075]
        #expect(rates == expected)
    }

    @Test(arguments: [
        (Recipe.Flip.horizontal, ["RandomHorizontalFlip"]), (.vertical, ["RandomVerticalFlip"]),
        (.both, ["RandomHorizontalFlip", "RandomVerticalFlip"]), (.none, []),
    ])
    func flips(_ flip: Recipe.Flip, names: [String]) {
        var recipe = Recipe()
        recipe.flip = flip
        let transforms = recipe.augmentation(.half).transforms.dropFirst()
        #expect(transforms.map { "\(type(of: $0))" } == names)
    }

    @Test(arguments: [
        (["--step-size", "5"], "--step-size is an option of --schedule step, not of one-cycle"),
        (["--schedule", "step", "--step-size", "0"], "--step-size is 0; it should be 1 or more"),
        (["--gamma", "0.5"], "--gamma is an option of --schedule step"),
        (["--schedule", "step", "--gamma=-1"], "--gamma is -1.0; it should be positive"),
        (["--schedule-first"], "--schedule-first moves schedules that go by epochs, not one-cycle"),
    ])
    func optionsThatCannotBe(_ options: [String], message: String) throws {
        let parsed = try RecipeOptions.parse(options)
        let error = #expect(throws: (any Error).self) { try parsed.resolved() }
        #expect(RecipeOptions.message(for: try #require(error)).contains(message))
    }

    /// Another schedule than the tutorial's leaves its step size and its early steps behind.
    @Test func theTutorialWithAnotherSchedule() throws {
        let recipe = try RecipeOptions.parse(["--recipe", "tutorial", "--schedule", "one-cycle"]).resolved()
        #expect(!recipe.stepsScheduleFirst)
        #expect(recipe.flip == .vertical)
    }

    /// All that the tutorial's recipe brings, in a run that is stopped after an epoch and goes on.
    @Test func aRunWithAllOfItResumesToTheSameBits() throws {
        let scratch = try Scratch()
        try scratch.makePhotos(perClass: 11)
        let options = [
            "--fit", "squeeze", "--flip", "both", "--mean-over", "batches", "--shuffle-validation",
            "--schedule", "step", "--step-size", "2", "--gamma", "0.5", "--schedule-first",
        ]
        for (run, epochs, more) in [("whole", 3, []), ("parts", 1, []), ("parts", 3, ["--resume"])] {
            let result = try Tool.run(scratch.train(to: run, epochs: epochs) + options + more)
            #expect(result.status == 0, "\(result.errors)")
        }
        for file in ["weights/last.safetensors", "weights/best.safetensors", "history.csv"] {
            #expect(try scratch.bytes("whole/\(file)") == scratch.bytes("parts/\(file)"), "\(file)")
        }
        let history = String(decoding: try scratch.bytes("whole/history.csv"), as: UTF8.self)
        #expect(
            history.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] } == [
                "0.01", "0.005", "0.005",
            ])
        let card = try ImageClassifier(
            contentsOf: scratch.url.appending(path: "whole/weights/best.safetensors")
        ).card
        #expect(card.fit == .squeeze)
    }
}
