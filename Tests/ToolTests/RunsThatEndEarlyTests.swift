// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// Runs that a last batch of one photo or a learning rate could end without a word.
@Suite struct RunsThatEndEarlyTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        // Nine of the twelve are trained on: a batch of eight and one of a single photo.
        try scratch.makePhotos(perClass: 4)
    }

    /// Its last normalisation sees one value a channel of a photo of 2×2.
    private func arguments(_ output: String, _ more: String...) -> [String] {
        [
            "train", scratch.path("photos"), "--output", scratch.path(output), "--column", "8 M 16",
            "--image-size", "2", "--pooled-size", "1", "--hidden-units", "4", "--epochs", "2",
            "--validation", "0.25",
        ] + more
    }

    @Test func aLastBatchOfOnePhotoIsTrainedOn() throws {
        let result = try Tool.run(arguments("run", "--batch-size", "8"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("9 photos to train on"), "\(result.output)")
        let alone = try Tool.run(arguments("alone", "--batch-size", "1"))
        #expect(alone.status != 0 && alone.errors.contains("would normalise one value a channel"))
        #expect(alone.errors.contains("the batch size is 1"), "\(alone.errors)")
    }

    @Test func aLearningRateThatIsTooHighIsNamed() throws {
        let result = try Tool.run(
            arguments("run", "--no-batch-normalization", "--schedule", "constant", "--rate", "1e30"))
        #expect(result.status != 0)
        #expect(result.errors.contains("a lower learning rate may help"), "\(result.errors)")
        #expect(result.errors.contains("No checkpoint had been written yet"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("run/weights/best.safetensors")))
    }

    @Test(arguments: [("googlenet", 15), ("squeezenet1_0", 21), ("squeezenet1_1", 17)])
    func theSmallestImagesHaveASummary(_ model: String, _ size: Int) throws {
        let smallest = try Tool.run(["summary", "--model", model, "--image-size", "\(size)"])
        #expect(smallest.status == 0, "\(smallest.errors)")
        let smaller = try Tool.run(["summary", "--model", model, "--image-size", "\(size - 1)"])
        #expect(smaller.status != 0 && smaller.errors.contains("at least \(size)"), "\(smaller.errors)")
    }
}
