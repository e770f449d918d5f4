// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// One seed, one result: also for runs that were stopped.
@Suite(.serialized) struct TrainingRunTests {
    private let last = "weights/last.safetensors"
    private let best = "weights/best.safetensors"

    @Test func theSameSeedGivesTheSameCheckpoints() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        for run in ["a", "b"] {
            let result = try Tool.run(scratch.train(to: run))
            #expect(result.status == 0, "\(result.errors)")
        }
        #expect(try scratch.bytes("a/\(last)") == scratch.bytes("b/\(last)"))
        #expect(try scratch.bytes("a/\(best)") == scratch.bytes("b/\(best)"))
        let other = try Tool.run(scratch.train(to: "c", "--seed", "8"))
        #expect(other.status == 0, "\(other.errors)")
        #expect(try scratch.bytes("a/\(last)") != scratch.bytes("c/\(last)"))
    }

    @Test(arguments: [SIGKILL, SIGINT, SIGTERM])
    func aStoppedRunResumesToTheSameEnd(signal: Int32) throws {
        let scratch = try Scratch()
        try scratch.makePhotos(perClass: 24)
        let whole = try Tool.run(scratch.train(to: "whole", epochs: 40))
        #expect(whole.status == 0, "\(whole.errors)")

        let (process, output, errors) = try Tool.start(scratch.train(to: "stopped", epochs: 40))
        while process.isRunning && !FileManager.default.fileExists(atPath: scratch.path("stopped/\(last)")) {
            usleep(500)
        }
        kill(process.processIdentifier, signal)
        let stopped = try Tool.finish(process, output, errors)
        #expect(stopped.status != 0, "the run was over before it could be stopped")
        if signal != SIGKILL {
            #expect(stopped.status == 130)
            #expect(stopped.output.contains("interrupted after step"))
        }
        let resumed = try Tool.run(scratch.train(to: "stopped", epochs: 40, "--resume"))
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try scratch.bytes("whole/\(last)") == scratch.bytes("stopped/\(last)"))
        #expect(try scratch.bytes("whole/\(best)") == scratch.bytes("stopped/\(best)"))
        #expect(try scratch.bytes("whole/history.csv") == scratch.bytes("stopped/history.csv"))
    }

    @Test func theWorkersDoNotChangeTheResult() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        for workers in ["0", "3"] {
            let result = try Tool.run(scratch.train(to: workers, "--workers", workers))
            #expect(result.status == 0, "\(result.errors)")
        }
        #expect(try scratch.bytes("0/\(last)") == scratch.bytes("3/\(last)"))
    }

    @Test(
        .disabled(
            if: Sanitizer.thread, "the thread sanitizer's own memory is a file, too large for the limit"))
    func aDiskThatIsFullLosesNothing() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let constant = ["--schedule", "constant"]
        #expect(try Tool.run(scratch.train(to: "run", epochs: 1) + constant).status == 0)
        let before = try scratch.bytes("run/\(last)")
        // Files may not grow beyond 8 KiB, and the signal that says so is ignored: a write fails, as on a
        // full disk.
        let result = try Tool.run(
            scratch.train(to: "run", epochs: 2, "--resume") + constant, through: "trap '' XFSZ; ulimit -f 16")
        #expect(result.status != 0)
        #expect(
            result.errors.contains("last.safetensors") || result.errors.contains("best.safetensors"),
            "\(result.errors)")
        #expect(try scratch.bytes("run/\(last)") == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path("run/weights")).sorted()
        #expect(left == ["best.safetensors", "last.safetensors"])
    }

    @Test func aLossThatIsNotFiniteStopsTheRun() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        #expect(try Tool.run(scratch.train(to: "run", epochs: 1, "--schedule", "constant")).status == 0)
        let before = try scratch.bytes("run/\(last)")
        let result = try Tool.run(
            scratch.train(to: "run", epochs: 3, "--schedule", "constant", "--resume", "--lr", "1e30"))
        #expect(result.status != 0)
        #expect(result.errors.contains("at step") && result.errors.contains("of epoch 2"), "\(result.errors)")
        #expect(try scratch.bytes("run/\(last)") == before)
    }

    @Test func aRunThatIsOverStaysAsItWasBegun() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        #expect(try Tool.run(scratch.train(to: "run")).status == 0)
        let (origin, weights) = (try scratch.bytes("run/run.json"), try scratch.bytes("run/\(best)"))
        let again = try Tool.run(scratch.train(to: "run", epochs: 2, "--resume"))
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("nothing left to train: the run has 3 epochs, and 2 are asked for"))
        #expect(try scratch.bytes("run/run.json") == origin && scratch.bytes("run/\(best)") == weights)
        let report = try String(decoding: scratch.bytes("run/result/report.html"), as: UTF8.self)
        #expect(report.contains("trained by"))
    }

    @Test func aRunWritesWhatItPromises() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let result = try Tool.run(scratch.train(to: "run"))
        #expect(result.status == 0, "\(result.errors)")
        for name in ["loss.png", "loss.svg", "acc.png", "acc.svg"] {
            #expect(try scratch.bytes("run/result/\(name)").count > 1000)
        }
        #expect(
            try ClassIndices.read(scratch.url.appending(path: "run/class_indices.json")) == [
                "blue", "green", "red",
            ])
        let history = try String(decoding: scratch.bytes("run/history.csv"), as: UTF8.self)
        #expect(history.split(separator: "\n").count == 4)

        let trained = try String(decoding: scratch.bytes("run/result/report.html"), as: UTF8.self)
        for id in ["training", "classes", "calibration", "map", "filters", "model", "run"] {
            #expect(trained.contains("<section id=\"\(id)\""), "\(id)")
        }
        #expect(trained.contains("Training run run") && trained.contains("<dd class=\"number\">9</dd>"))

        let predicted = try Tool.run([
            "predict", scratch.path("run"), scratch.path("photos/red"), "--json", "--top", "2",
        ])
        let lines = predicted.output.split(separator: "\n")
        #expect(predicted.status == 0 && lines.count == 12)
        #expect(lines[0].hasPrefix("{\"file\":") && lines[0].contains("\"predictions\":[{"))
    }

    @Test func aReportSaysWhatItsPhotosAreToTheRun() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        try scratch.makePhotos("other", perClass: 2)
        #expect(try Tool.run(["split", scratch.path("photos"), scratch.path("parts")]).status == 0)
        for (run, photos) in [("run", "parts"), ("parted", "photos")] {
            #expect(try Tool.run(scratch.train(photos, to: run, epochs: 1)).status == 0)
        }
        func evaluate(_ run: String, _ photos: String) throws -> (errors: String, pages: [String: String]) {
            let result = try Tool.run(["evaluate", scratch.path(run), scratch.path(photos) + "/"])
            #expect(result.status == 0, "\(result.errors)")
            let folder = scratch.url.appending(path: "\(run)/result")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let pages = try names.filter { $0.hasSuffix(".html") }.map { name in
                (name, String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self))
            }
            return (result.errors, Dictionary(uniqueKeysWithValues: pages))
        }
        let (training, validation) = ("was trained on these photos", "best epoch was chosen on these same")
        let before = try String(decoding: scratch.bytes("run/result/report.html"), as: UTF8.self)
        #expect(before.contains("Training run run") && before.contains(validation))

        // Other photos leave the run's report alone.
        var (errors, pages) = try evaluate("run", "other")
        #expect(errors == "" && pages["report.html"] == before)
        let other = try #require(pages["report-other.html"])
        #expect(other.contains("run on other") && other.contains("<dd class=\"number\">6</dd>"))
        #expect(other.contains("id=\"training\"") && other.contains("vggkit evaluate"))
        #expect(other.contains("trained by") && other.contains("--hidden-units 16"))
        #expect(!other.contains(training) && !other.contains(validation))

        (errors, pages) = try evaluate("run", "parts/train")
        #expect(errors.contains(training) && pages["report.html"] == before)
        #expect(try #require(pages["report-train.html"]).contains(training))

        (errors, pages) = try evaluate("run", "parts/val")
        #expect(errors == "" && pages.count == 3)
        #expect(pages["report.html"]!.contains("run on val") && pages["report.html"]!.contains(validation))

        // A folder that was parted for the run holds photos that it was trained on.
        (errors, pages) = try evaluate("parted", "photos")
        #expect(errors.contains(training) && pages["report-photos.html"]!.contains(training))
        #expect(pages["report.html"]!.contains(validation))
    }

    @Test func aReportNamesItsLossAndWhatWasFrozenAndLeftOut() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let photo = scratch.url.appending(path: "photos/red/0.jpg")
        try Data(contentsOf: photo).dropLast(60).write(
            to: photo.deletingLastPathComponent().appending(path: "half.jpg"))
        try Data("text".utf8).write(to: photo.deletingLastPathComponent().appending(path: "note.jpg"))
        let arguments = [
            "--freeze", "features", "--label-smoothing", "0.1", "--cache-folder", scratch.path("features"),
        ]
        for (run, more) in [("plain", []), ("cached", ["--cache-features"])] {
            let trained = try Tool.run(scratch.train(to: run, epochs: 1) + arguments + more)
            #expect(trained.status == 0, "\(trained.errors)")
            #expect(
                trained.output.contains("photos has no train/ and val/: 25.0 % of each class are held out"))
            #expect(trained.output.contains("half.jpg ends early"))
            let page = try String(decoding: scratch.bytes("\(run)/result/report.html"), as: UTF8.self)
            #expect(page.contains("cross entropy with label smoothing 0.1; "))
            // 256 · 16 + 16 weights of the hidden layer, 16 · 3 + 3 of the last.
            #expect(page.contains("<dt>of them trainable</dt><dd>4,163</dd>"))
            let fact = try #require(page.firstMatch(of: /<dt>skipped<\/dt><dd>(.*?)<\/dd>/)).1
            #expect(fact.contains("note.jpg is neither") && fact.contains("half.jpg ends early"), "\(fact)")
        }
        // What is kept does not make a photo readable.
        try FileManager.default.removeItem(atPath: scratch.path("photos/red/note.jpg"))
        let strict = try Tool.run(
            scratch.train(to: "strict", epochs: 1) + arguments + ["--cache-features", "--strict"])
        #expect(strict.status != 0 && strict.errors.contains("half.jpg ends early"), "\(strict.errors)")

        let compared = try Tool.run([
            "compare", scratch.path("plain"), scratch.path("cached"), "-o", scratch.path("comparison"),
        ])
        #expect(compared.output.contains("loss of plain, cached: cross entropy with label smoothing 0.1"))
    }

    @Test func aCheckpointHasAReportWhereOneIsWanted() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        #expect(try Tool.run(scratch.train(to: "run", epochs: 1)).status == 0)
        let file = scratch.path("run/\(best)")
        let plain = try Tool.run(["evaluate", file, scratch.path("photos")])
        #expect(plain.status == 0 && !plain.output.contains("report:"), "\(plain.errors)")
        let asked = try Tool.run([
            "evaluate", file, scratch.path("photos"), "--report", scratch.path("pages/it's.html"),
        ])
        #expect(asked.status == 0 && asked.output.contains("report:"), "\(asked.errors)")
        let page = try String(decoding: scratch.bytes("pages/it's.html"), as: UTF8.self)
        #expect(page.contains("--report &#39;") && !page.contains("id=\"training\""))
    }

    @Test func photosAreLookedAtFromSeveralSidesAndLeftOutOfReports() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let trained = try Tool.run(scratch.train(to: "run", epochs: 1, "--trivial-augment"))
        #expect(trained.status == 0 && trained.output.contains("TrivialAugment"), "\(trained.errors)")
        let page = "pages/report.html"
        let evaluate = [
            "evaluate", scratch.path("run"), scratch.path("photos"), "--report", scratch.path(page),
        ]
        let predict = ["predict", scratch.path("run"), scratch.path("photos/red/0.jpg"), "--json"]
        var answers: Set<String> = []
        for views in [["middle"], ["flip"], ["ten-crop"], ["dense"], ["dense", "--tta-size", "24"]] {
            let result = try Tool.run(evaluate + ["--no-photos", "--test-time-augmentation"] + views)
            #expect(result.status == 0 && result.output.contains("36 photos"), "\(views): \(result.errors)")
            answers.insert(try Tool.run(predict + ["--test-time-augmentation"] + views).output)
        }
        #expect(answers.count == 5 && answers.allSatisfy { $0.contains("probability") })
        let report = try String(decoding: scratch.bytes(page), as: UTF8.self)
        #expect(report.contains("dense of 24×24 pixels") && report.contains("id=\"map\""))
        #expect(!report.contains("id=\"mistakes\"") && !report.contains("id=\"hits\""))
        #expect(try Tool.run(evaluate + ["--test-time-augmentation", "flip"]).status == 0)
        let full = try String(decoding: scratch.bytes(page), as: UTF8.self)
        // A picture a photo, at least.
        #expect(pictureCount(full) > pictureCount(report) + 6)

        let small = try Tool.run(evaluate + ["--test-time-augmentation", "dense", "--tta-size", "9"])
        #expect(small.status != 0 && small.errors.contains("a square of 9 pixels; it should have 16"))
        let idle = try Tool.run(evaluate + ["--tta-size", "20"])
        #expect(
            idle.status != 0
                && idle.errors.contains("--tta-size is for --test-time-augmentation ten-crop and dense"))
    }

    private func pictureCount(_ page: String) -> Int { page.components(separatedBy: "data:image/").count - 1 }

    @Test func theHelpSaysWhatEachRecipeSets() throws {
        let help = try Tool.run(["train", "--help"]).output.split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
        #expect(help.contains("how often every photo is used. (default: 20; small: 14; finetune: 12)"))
        #expect(help.contains("(default: sgd; head: adamw)"))
        for (recipe, epochs) in [("standard", 20), ("small", 14), ("finetune", 12)] {
            let summary = try Tool.run(["summary", "--recipe", recipe])
            #expect(summary.output.contains(", \(epochs) epochs of"), "\(recipe): \(summary.output)")
        }
    }

    @Test func runsAreComparedSideBySide() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        for (name, epochs) in [("a", 3), ("deep/a", 2), ("b", 1)] {
            #expect(try Tool.run(scratch.train(to: name, epochs: epochs)).status == 0)
        }
        let runs = ["a", "deep/a", "b"].map { scratch.path($0) }
        let result = try Tool.run(["compare"] + runs + ["-o", scratch.path("comparison")])
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
        // Runs of the same name go by their paths.
        #expect(lines[0].first == "run" && lines[1...3].map { String($0[0]) } == [runs[0], runs[1], "b"])
        #expect(lines[1...3].map { $0[1] } == ["3", "2", "1"])
        let best = try #require(History(checkpoint: scratch.url.appending(path: "a/\(last)"))?.best)
        #expect(lines[1][2] == "\(best.number)")
        #expect(lines[1][3] == String(format: "%.1f", 100 * (best.validationAccuracy ?? 0)))
        #expect(try scratch.bytes("comparison/acc.png").count > 1000)
        #expect(try scratch.bytes("comparison/loss.svg").count > 1000)
        let none = try Tool.run(["compare", scratch.path("photos")])
        #expect(none.status != 0 && none.errors.contains("there is no run in"))
    }

    @Test func curvesForTensorBoardGoWhereTheyAreWanted() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let options = ["--schedule", "constant", "--tensorboard", scratch.path("board")]
        let first = try Tool.run(scratch.train(to: "run", epochs: 1) + options)
        #expect(first.status == 0, "\(first.errors)")
        let second = try Tool.run(
            scratch.train(to: "run", epochs: 2, "--resume") + options)
        #expect(second.status == 0, "\(second.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path("board")).sorted()
        #expect(files.count == 2 && files.allSatisfy { $0.hasPrefix("events.out.tfevents.") })
        for file in files {
            let bytes = try scratch.bytes("board/\(file)")
            #expect(bytes.range(of: Data("accuracy/validation".utf8)) != nil)
            #expect(bytes.range(of: Data("step/learning_rate".utf8)) != nil)
        }
    }

    @Test func photosAreExplained() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        #expect(try Tool.run(scratch.train(to: "run")).status == 0)
        let result = try Tool.run([
            "explain", scratch.path("run"), scratch.path("photos/red"), "--output", scratch.path("pictures"),
            "--among", scratch.path("photos"), "--neighbors", "2", "--layer", "features.0",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 36 && lines.filter { $0.hasPrefix("  like ") }.count == 24)
        #expect(lines[0].contains(", features.0 in "))
        // A photo of the folder is most like itself.
        #expect(lines[1].hasSuffix("photos/red/0.jpg (red, 1.000)"))
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("pictures"))
        #expect(names.count == 12)
        let picture = try Image(contentsOf: scratch.url.appending(path: "pictures/1-0.png"))
        // The photo as it was seen, and beside it the same with the map.
        #expect(picture.width == 33 && picture.height == 16)

        let noLayer = try Tool.run([
            "explain", scratch.path("run"), scratch.path("photos/red"), "--layer", "features.9",
        ])
        #expect(noLayer.status != 0 && noLayer.errors.contains("features.0"), "\(noLayer.errors)")
        let noClass = try Tool.run([
            "explain", scratch.path("run"), scratch.path("photos/red"), "--class", "rose",
        ])
        #expect(noClass.status != 0 && noClass.errors.contains("blue, green, red"), "\(noClass.errors)")
    }

    @Test func theHeadIsTrainedOnFeaturesThatAreKept() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        func arguments(_ output: String, _ more: String...) -> [String] {
            scratch.train(
                to: output, epochs: 2, "--freeze", "features", "--cache-features", "--cache-folder",
                scratch.path("features"), "--schedule", "constant") + more
        }
        let first = try Tool.run(arguments("a"))
        #expect(first.status == 0 && first.output.contains("features: 0 of 27 in "), "\(first.errors)")
        let second = try Tool.run(arguments("b"))
        #expect(second.output.contains("features: 27 of 27 in "), "\(second.errors)")
        #expect(try scratch.bytes("a/\(best)") == scratch.bytes("b/\(best)"))
        let varied = try Tool.run(arguments("c", "--cache-variants", "2"))
        #expect(varied.output.contains("features 2/2: 0 of 27 in "), "\(varied.errors)")
        #expect(try Tool.run(["predict", scratch.path("a"), scratch.path("photos/red")]).status == 0)

        // A resumed run finds its features by the weights in its checkpoint.
        let resumed = try Tool.run(
            arguments("a", "--resume").map { $0 == "2" ? "3" : $0 })
        #expect(resumed.status == 0 && resumed.output.contains("features: 27 of 27 in "), "\(resumed.errors)")
        let thawed = try Tool.run(scratch.train(to: "d", epochs: 3, "--unfreeze-every", "1"))
        #expect(thawed.status == 0, "\(thawed.errors)")
        for wrong in [
            ["--cache-features"], ["--unfreeze-every", "0"],
            ["--unfreeze-every", "1", "--freeze", "features"],
            ["--backbone-learning-rate", "-1"], ["--freeze", "nothing"], ["--freeze", "*"],
        ] {
            let result = try Tool.run(scratch.train(to: "wrong") + wrong)
            #expect(result.status != 0 && result.errors.contains(wrong[0]), "\(wrong): \(result.errors)")
        }
    }
}
