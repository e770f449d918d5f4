// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// What is looked at before training: a batch, and learning rates.
@Suite struct LookingAheadTests {
    private let scratch: Scratch
    private let recipe = [
        "--column", "8 M 16 M", "--image-size", "16", "--pooled-size", "4", "--hidden-units", "16",
        "--batch-size", "8",
    ]

    init() throws {
        scratch = try Scratch()
        try scratch.makePhotos()
    }

    @Test func aBatchIsShownAsItIsTrainedOn() throws {
        func show(_ more: String...) throws -> Image {
            let output = scratch.path("batch.png")
            let result = try Tool.run(["show-batch", scratch.path("photos"), "-o", output] + recipe + more)
            #expect(result.status == 0 && result.output.contains("of 16×16 pixels in"), "\(result.errors)")
            return try Image(contentsOf: URL(filePath: output))
        }
        let batch = try show()
        // Eight images of 16 pixels, six times as large, in two rows.
        #expect(batch.width == 4 * 104 + 8 && batch.height == 2 * 124 + 8)
        #expect(try show() == batch)
        #expect(try show("--normalization", "half") == batch)
        #expect(try show("--seed", "1") != batch)
        #expect(try show("--epoch", "2") != batch)
        #expect(try show("--held-out") != batch)
        #expect(try show("--mixup", "1") != batch)
        #expect(try show("--flip", "vertical") != batch)
        #expect(try show("--count", "3").height == 124 + 8)
        let none = try Tool.run(["show-batch", scratch.path("nowhere")])
        #expect(none.status != 0 && none.errors.contains("there is no folder"))
        let text = try Tool.run(["show-batch", scratch.path("photos"), "-o", scratch.path("batch.txt")])
        #expect(text.status != 0 && text.errors.contains("should end in .png or .jpg"))
    }

    /// What is written among the photos would be a class the next time.
    @Test func picturesDoNotComeAmongThePhotos() throws {
        for arguments in [
            ["show-batch", scratch.path("photos"), "-o", scratch.path("photos/batch.png")],
            ["find-learning-rate", scratch.path("photos"), "-o", scratch.path("photos/rates")],
        ] {
            let result = try Tool.run(arguments + recipe)
            #expect(
                result.status != 0 && result.errors.contains("choose a folder outside"), "\(result.errors)")
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path("photos")).allSatisfy {
                !$0.contains("batch") && !$0.contains("rates")
            })
    }

    @Test func aLearningRateIsFound() throws {
        let output = scratch.path("rates")
        let arguments =
            [
                "find-learning-rate", scratch.path("photos"), "-o", output, "--batches", "60", "--validation",
                "0.25",
            ] + recipe
        let result = try Tool.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        let match = try #require(result.output.firstMatch(of: /suggested: --learning-rate ([0-9.e-]+),/))
        let rate = try #require(Double(match.1))
        #expect(rate > 1e-5 && rate < 1)
        #expect(result.output.contains("plot: "))
        let names = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
        #expect(names == ["learning-rate.csv", "learning-rate.png", "learning-rate.svg"])
        let table = try scratch.bytes("rates/learning-rate.csv")
        #expect(try Tool.run(arguments).status == 0)
        #expect(try scratch.bytes("rates/learning-rate.csv") == table)
        // What is suggested is what train takes.
        let trained = try Tool.run(scratch.train(to: "run", epochs: 1, "--learning-rate", String(match.1)))
        #expect(trained.status == 0, "\(trained.errors)")
    }

    @Test func ratesThatDoNotRiseAreRefused() throws {
        for wrong in [
            ["--from", "1", "--to", "0.1"], ["--from", "0"], ["--batches", "3"],
            ["--from", "2", "--to", "-1"],
        ] {
            let result = try Tool.run(["find-learning-rate", scratch.path("photos")] + wrong)
            #expect(
                result.status == 64 && result.errors.contains("\(wrong[0]) is"), "\(wrong): \(result.errors)")
        }
    }
}
