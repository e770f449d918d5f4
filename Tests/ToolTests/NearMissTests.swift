// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// Options and commands that other tools have are answered with those that there are.
@Suite struct NearMissTests {
    @Test(arguments: [
        (["train", "x", "--gpu"], "it is '--device' here"),
        (["train", "x", "--device", "cuda:x"], "there is no device 'cuda:x'"),
        (["predict", "x", "y", "--device", "nvidia"], "there are cpu, cuda, cuda:0, cuda:1 …, and best"),
        (["train", "x", "--fp16"], "32-bit floating point"),
        (["train", "x", "--bs", "8"], "it is '--batch-size' here"),
        (["train", "x", "--batch_size", "8"], "it is written '--batch-size'"),
        (["train", "x", "--epoch", "8"], "it is '--epochs' here"),
        (["train", "x", "--output-dir", "y"], "it is '--output' here"),
        (["train", "x", "--imgsz", "64"], "it is '--image-size' here"),
        (["train", "x", "--num-workers", "2"], "it is '--workers' here"),
        (["train", "x", "--arch", "vgg16"], "it is '--model' here"),
        (["train", "x", "--pretrained"], "it is '--weights' here; --weights imagenet"),
        (["train", "x", "--scheduler", "step"], "it is '--schedule' here"),
        (["train", "x", "--wd", "0.1"], "it is '--weight-decay' here"),
        (["train", "x", "--val-split", "0.1"], "it is '--validation' here"),
        (["train", "--data", "x"], "named without an option"),
        (["predict", "--model", "x", "y"], "the checkpoint or run is named without an option"),
        (["predict", "x", "y", "--topk", "3"], "it is '--top' here"),
        (["evaluate", "x", "y", "--bs", "3"], "it is '--batch-size' here"),
        (["train", "x", "--imagesize", "64"], "'--image-size'"),
        (["trian", "x"], "it is 'train'"), (["test", "x"], "it is 'evaluate'"),
        (["lr-find", "x"], "it is 'find-learning-rate'"),
        (["show_batch", "x"], "it is 'show-batch'"), (["classify", "x", "y"], "it is 'predict'"),
    ])
    func whatHasAnotherNameHereIsNamed(arguments: [String], answer: String) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(answer), "\(result.errors)")
        #expect(!result.errors.contains("Did you mean") || arguments.contains("--imagesize"))
    }

    @Test(arguments: [
        (["train", "x", "--workers", "-1"], "--workers is -1"),
        (["train", "x", "--lr", "-1e-3"], "--learning-rate is -0.001"),
        (["train", "x", "--epochs", "-3"], "--epochs is -3"),
        (["train", "x", "-epochs", "0"], "--epochs is 0"),
        (["train", "x", "--validation", "-.5"], "--validation is -0.5"),
        (["evaluate", "x", "y", "--batch-size", "-1"], "--batch-size is -1"),
        (["evaluate", "x", "y", "--workers", "-1"], "--workers is -1"),
        (["predict", "x", "y", "--top", "-1"], "--top is -1"),
    ])
    func aNegativeNumberIsAValue(arguments: [String], answer: String) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 64 && result.errors.contains(answer), "\(result.errors)")
    }

    /// After two dashes alone come names, whatever they look like.
    @Test func whatFollowsTwoDashesIsNoOption() throws {
        let result = try Tool.run(["predict", "x", "--", "-photos"])
        #expect(result.errors.contains("there is no checkpoint or run at x"), "\(result.errors)")
    }

    @Test func whatNobodyKnowsIsSaidAsBefore() throws {
        let result = try Tool.run(["train", "x", "--zzzzzzzz"])
        #expect(result.status == 64 && result.errors.contains("Unknown option '--zzzzzzzz'"))
        #expect(result.errors.contains("vggkit train --help"))
        let command = try Tool.run(["zzzzzzzz"])
        #expect(command.status == 64 && command.errors.contains("'zzzzzzzz'"))
        #expect(try Tool.run(["--help"]).status == 0)
    }

    @Test func optionsWithoutEffectAreSaid() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let both = try Tool.run(["summary", "--checkpoint", "x", "--classes", "3"])
        #expect(both.status == 64 && both.errors.contains("--classes has no effect beside --checkpoint"))
        #expect(try Tool.run(["split", scratch.path("photos"), scratch.path("parts")]).status == 0)
        let parted = try Tool.run(scratch.train("parts", to: "run", epochs: 1))
        #expect(parted.status == 0, "\(parted.errors)")
        #expect(parted.output.contains("--validation has no effect: "), "\(parted.output)")
        #expect(parted.output.contains("parts/val holds the photos to validate"))
        let variants = try Tool.run(scratch.train(to: "other", "--cache-variants", "2"))
        #expect(variants.status != 0 && variants.errors.contains("--cache-variants has no effect"))
    }

    @Test func foldersThatCannotBeMadeAreNamedWithTheReason() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        try Data("x".utf8).write(to: scratch.url.appending(path: "file"))
        for arguments in [
            scratch.train(to: "file/run", epochs: 1),
            ["show-batch", scratch.path("photos"), "-o", scratch.path("file/batch.png")],
            ["synthesize", scratch.path("file/flowers"), "--images-per-class", "1"],
        ] {
            let result = try Tool.run(arguments, program: arguments[0] == "synthesize" ? "flowers" : "vggkit")
            // Of the folder itself, or of what lies above it.
            let reasons = ["is a file", "not a directory"]
            #expect(
                result.status != 0 && reasons.contains(where: result.errors.contains), "\(result.errors)")
            #expect(!result.errors.contains("Error Domain"))
        }
    }

    /// Less than a tensor takes, in all that the process may have.
    @Test(
        .disabled(
            if: Sanitizer.address || Sanitizer.thread, "sanitizers take more address space than that"))
    func memoryThatHasRunOutIsAnsweredWithOptions() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let result = try Tool.run(
            scratch.train(to: "run", "--hidden-units", "60000", "60000"), through: "ulimit -v 6000000")
        #expect(result.status != 0)
        #expect(
            result.errors.contains("out of memory") && result.errors.contains("--batch-size"),
            "\(result.errors)")
    }
}
