// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// A run goes on as it was begun, or says what is other.
@Suite struct ResumingTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.makePhotos()
        #expect(try Tool.run(scratch.train(to: "run", epochs: 1)).status == 0)
        #expect(try Tool.run(scratch.train(to: "constant", epochs: 1, "--schedule", "constant")).status == 0)
    }

    @Test(arguments: [
        (["--epochs", "3"], "--epochs: 1 then, 3 now (the one-cycle schedule is laid out for its epochs)"),
        (
            ["--lr", "0.5", "--epochs", "3"],
            "--learning-rate: 0.01 then, 0.5 now (the one-cycle schedule would jump)"
        ),
        (["--batch-size", "4"], "--batch-size: 8 then, 4 now"),
        (["--validation", "0.5"], "photos: 27 + 9, names "),
        (["--image-size", "20"], "--image-size: 16 then, 20 now"),
        (["--mixup", "0.2"], "--mixup: not given then, 0.2 now"),
        (["--seed", "8"], "--seed: 7 then, 8 now"),
        (["--optimizer", "adamw"], "--optimizer: sgd then, adamw now"),
        (["--freeze", "features"], "--freeze: none then, features now"),
    ])
    func anotherRunIsNotMadeOfIt(options: [String], difference: String) throws {
        let before = try scratch.bytes("run/weights/last.safetensors")
        let result = try Tool.run(scratch.train(to: "run", epochs: 1) + options + ["--resume"])
        #expect(result.status != 0)
        #expect(result.errors.contains(difference), "\(result.errors)")
        // The command that it was begun with.
        #expect(
            result.errors.contains("vggkit train ") && result.errors.contains("--epochs 1 --batch-size 8"))
        #expect(result.errors.contains("begun with other options"))
        #expect(try scratch.bytes("run/weights/last.safetensors") == before)
    }

    @Test func whatCanBeAdaptedIsSaid() throws {
        let more = try Tool.run(
            scratch.train(
                to: "constant", epochs: 2, "--schedule", "constant", "--resume", "--learning-rate", "0.001"))
        #expect(more.status == 0, "\(more.errors)")
        #expect(more.output.contains("the run was begun with --epochs 1; it goes on with 2"))
        #expect(more.output.contains("the run was begun with --learning-rate 0.01; it goes on with 0.001"))
        let history = try #require(
            try History(checkpoint: scratch.url.appending(path: "constant/weights/last.safetensors")))
        #expect(history.epochs.map(\.learningRate) == [0.01, 0.001])
    }

    @Test func otherPhotosOfTheSameNumberAreFound() throws {
        let folder = scratch.url.appending(path: "photos/red")
        try FileManager.default.moveItem(
            at: folder.appending(path: "3.jpg"), to: folder.appending(path: "33.jpg"))
        let result = try Tool.run(scratch.train(to: "run", epochs: 1, "--resume"))
        #expect(result.status != 0 && result.errors.contains("photos: 27 + 9, names "), "\(result.errors)")
    }

    /// As a run of a version that did not write its settings down.
    @Test func aRunWithoutSettingsIsComparedByItsModel() throws {
        let file = scratch.url.appending(path: "run/run.json")
        var origin = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        origin["settings"] = nil
        try JSONSerialization.data(withJSONObject: origin).write(to: file)
        #expect(
            try Tool.run(scratch.train(to: "run", epochs: 1, "--resume", "--batch-size", "4")).status == 0)
        let result = try Tool.run(scratch.train(to: "run", epochs: 1, "--resume", "--image-size", "20"))
        #expect(result.status != 0 && result.errors.contains("begun with other options"))
        #expect(result.errors.contains("vggkit train "))
    }

    /// The card says how pixels are normalised; which name an option has for it may change.
    @Test func anotherNameForTheSameNormalizationIsNoDifference() throws {
        let file = scratch.url.appending(path: "run/run.json")
        var origin = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        var settings = try #require(origin["settings"] as? [String: String])
        settings["--normalization"] = "imagenet"
        origin["settings"] = settings
        try JSONSerialization.data(withJSONObject: origin).write(to: file)
        let same = try Tool.run(scratch.train(to: "run", epochs: 1, "--resume"))
        #expect(same.status == 0, "\(same.errors)")
        let other = try Tool.run(scratch.train(to: "run", epochs: 1, "--resume", "--normalization", "half"))
        #expect(other.status != 0 && other.errors.contains("begun with other options"), "\(other.errors)")
    }

    @Test func anInterruptedRunNamesTheCommandThatGoesOn() throws {
        let (process, output, errors) = try Tool.start(scratch.train(to: "it's", epochs: 400))
        while process.isRunning
            && !FileManager.default.fileExists(atPath: scratch.path("it's/weights/last.safetensors"))
        {
            usleep(500)
        }
        kill(process.processIdentifier, SIGINT)
        let stopped = try Tool.finish(process, output, errors)
        #expect(stopped.status == 130, "\(stopped.errors)")
        let command = try #require(stopped.output.split(separator: "\n").last)
        #expect(command.hasSuffix(" --resume") && command.hasPrefix(Tool.path()))
        // A shell takes it as it stands; two seconds of it are enough.
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = [
            "-c", "\(command) >/dev/null 2>\(scratch.path("log")) & sleep 2; kill -INT $!; wait $!",
        ]
        try shell.run()
        shell.waitUntilExit()
        let history = try #require(
            try History(checkpoint: scratch.url.appending(path: "it's/weights/last.safetensors")))
        let log = try String(decoding: scratch.bytes("log"), as: UTF8.self)
        #expect(history.epochs.count >= 1 && log.contains("/400"), "\(log)")
    }

    /// Wherever the command is given from, and wherever both have been moved to.
    @Test func aRunKnowsItsOwnPhotos() throws {
        try FileManager.default.createDirectory(
            atPath: scratch.path("project/data"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(
            atPath: scratch.path("photos"), toPath: scratch.path("project/data/photos"))
        func run(in folder: String, _ arguments: [String]) throws -> Tool.Result {
            try Tool.run(arguments, through: "cd '\(scratch.path(folder))'")
        }
        let options = Array(scratch.train(to: "x", epochs: 1).dropFirst(4))
        let trained = try run(in: "project", ["train", "data/photos", "--output", "runs/a"] + options)
        #expect(trained.status == 0, "\(trained.errors)")
        let remark = "was trained on these photos"
        for (folder, arguments) in [
            ("project", ["evaluate", "runs/a", "data/photos"]),
            ("project/data", ["evaluate", "../runs/a", "photos"]),
            (".", ["evaluate", "project/runs/a", scratch.path("project/data/photos")]),
        ] {
            let result = try run(in: folder, arguments)
            #expect(result.status == 0 && result.errors.contains(remark), "\(folder): \(result.errors)")
        }
        try FileManager.default.moveItem(atPath: scratch.path("project"), toPath: scratch.path("moved"))
        let moved = try run(in: "moved/runs", ["evaluate", "a", "../data/photos"])
        #expect(moved.status == 0 && moved.errors.contains(remark), "\(moved.errors)")
        // Photos of the same name elsewhere are others.
        try scratch.makePhotos("elsewhere/data/photos", perClass: 2)
        let other = try run(in: "elsewhere", ["evaluate", "../moved/runs/a", "data/photos"])
        #expect(other.status == 0 && !other.errors.contains(remark), "\(other.errors)")
    }

    @Test func aRunThatExistsIsNotWrittenOver() throws {
        let result = try Tool.run(scratch.train(to: "run", epochs: 1))
        #expect(result.status != 0 && result.errors.contains("holds a run already"))
        #expect(result.errors.contains("--resume") && !result.errors.contains("more --epochs"))
    }
}
