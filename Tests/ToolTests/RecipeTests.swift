// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// What recipes set, and the options that change it.
@Suite(.serialized) struct RecipeTests {
    private func learningRates(_ scratch: Scratch, _ run: String) throws -> [String] {
        String(decoding: try scratch.bytes("\(run)/history.csv"), as: UTF8.self).split(separator: "\n")
            .dropFirst().map { String($0.split(separator: ",")[1]) }
    }

    @Test func theTutorialsRecipeIsTheTutorials() throws {
        let result = try Tool.run(["summary", "--recipe", "tutorial"])
        #expect(result.status == 0, "\(result.errors)")
        let line = result.output.split(separator: "\n\n")[0].replacing("\n", with: " ")
        for part in [
            "vgg16, classifier [4096, 4096], images 224×224, 20 epochs of batches of 16, sgd 0.003",
            "momentum 0", "weight decay 0", "step schedule", "flips vertical", "validation photos squeezed",
            "means over batches",
        ] { #expect(line.contains(part), "\(line)") }
    }

    /// `StepLR(10, 0.5)`, stepped at the beginning of each epoch: the rates that PyTorch has in the loop.
    @Test func theTutorialsRatesAreHalvedOneEpochEarly() throws {
        let scratch = try Scratch()
        try scratch.makePhotos(perClass: 4)
        let result = try Tool.run([
            "train", scratch.path("photos"), "--output", scratch.path("run"), "--recipe", "tutorial",
            "--column", "4 M", "--image-size", "8", "--pooled-size", "4", "--hidden-units", "4",
            "--validation", "0.25",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let expected =
            [String](repeating: "0.003", count: 9) + [String](repeating: "0.0015", count: 10) + ["0.00075"]
        #expect(try learningRates(scratch, "run") == expected)
        let card = try ImageClassifier(
            contentsOf: scratch.url.appending(path: "run/weights/best.safetensors")
        ).card
        #expect(card.fit == .squeeze && card.normalization == .half)
    }

    @Test(arguments: [
        (["--step-size", "5"], "--step-size is an option of --schedule step, not of one-cycle"),
        (["--schedule", "step", "--step-size", "0"], "--step-size is 0; it should be 1 or more"),
        (["--gamma", "0.5"], "--gamma is an option of --schedule step"),
        (["--schedule", "step", "--gamma=-1"], "--gamma is -1"),
        (["--schedule-first"], "--schedule-first moves schedules that go by epochs, not one-cycle"),
        (["--flip", "sideways"], "'sideways'"), (["--fit", "stretch"], "'stretch'"),
        (["--mean-over", "photos"], "'photos'"),
    ])
    func optionsThatCannotBe(_ options: [String], message: String) throws {
        let result = try Tool.run(["summary"] + options)
        #expect(result.status == 64)
        #expect(result.errors.replacing("\n", with: " ").contains(message), "\(result.errors)")
    }

    /// Another schedule than the tutorial's leaves its step size and its early steps behind.
    @Test func theTutorialWithAnotherSchedule() throws {
        let result = try Tool.run(["summary", "--recipe", "tutorial", "--schedule", "one-cycle"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("one-cycle schedule"))
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
        #expect(try learningRates(scratch, "whole") == ["0.01", "0.005", "0.005"])
    }
}
