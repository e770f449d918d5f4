// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// The example `flowers`, run as a user would.
@Suite struct FlowersTests {
    @Test func itDrawsTheSamePicturesForOneSeed() throws {
        let scratch = try Scratch()
        for (name, count) in [("few", 1), ("more", 2)] {
            let result = try Tool.run(
                [
                    "synthesize", scratch.path(name), "--images-per-class", "\(count)", "--size", "48",
                    "--seed", "3",
                ],
                program: "flowers")
            #expect(
                result.status == 0 && result.output.contains("pictures of 48×48 pixels"), "\(result.errors)")
        }
        let picture = "daisy/daisy-00001.jpg"
        #expect(try scratch.bytes("few/\(picture)") == scratch.bytes("more/\(picture)"))
        let again = try Tool.run(["synthesize", scratch.path("few")], program: "flowers")
        #expect(again.status == 1 && again.errors.contains("holds 5 entries already"))
    }

    @Test func itTrainsEvaluatesReportsAndPredicts() throws {
        let scratch = try Scratch()
        try scratch.makePhotos(perClass: 12)
        let result = try Tool.run(
            [scratch.path("photos"), "--epochs", "2", "--output", scratch.path("run")], program: "flowers")
        #expect(result.status == 0, "\(result.errors)")
        for text in ["to validate: blue, green, red", "report: ", ".jpg: "] {
            #expect(result.output.contains(text))
        }
        // A second call goes on: here there is nothing left to train.
        let again = try Tool.run(
            [scratch.path("photos"), "--epochs", "2", "--output", scratch.path("run")], program: "flowers")
        #expect(again.status == 0 && again.output.contains("report: "), "\(again.errors)")
        let run = RunFolder(scratch.url.appending(path: "run"))
        #expect(try ImageClassifier(contentsOf: run.best).card.classes == ["blue", "green", "red"])
        #expect(try String(contentsOf: run.report, encoding: .utf8).contains("Five kinds of flowers"))
    }

    @Test func aFolderThatIsNotThereIsNotDrawn() throws {
        let scratch = try Scratch()
        for arguments in [[scratch.path("nothing")], [scratch.path("nothing"), "--epochs", "0"]] {
            let result = try Tool.run(arguments, program: "flowers")
            #expect(result.status != 0 && !result.output.contains("drawing"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
    }

    @Test func aFolderWithoutPhotosIsNamed() throws {
        let scratch = try Scratch()
        let result = try Tool.run([scratch.url.path], program: "flowers")
        #expect(result.status == 1 && result.errors.contains(scratch.url.lastPathComponent))
    }
}
