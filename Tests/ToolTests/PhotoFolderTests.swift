// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// Folders of photos as people have them, from the command line.
@Suite struct PhotoFolderTests {
    private let scratch: Scratch
    private var files: FileManager { .default }

    init() throws {
        scratch = try Scratch()
        try scratch.makePhotos(perClass: 6)
    }

    private func url(_ path: String) -> URL { scratch.url.appending(path: path) }

    private func split(_ source: String = "photos", to target: String = "parts") throws {
        let result = try Tool.run([
            "split", scratch.path(source), scratch.path(target), "--validation", "0.34",
        ])
        #expect(result.status == 0, "\(result.errors)")
    }

    private func photos(in path: String) throws -> [URL] { try ImageFolder.imageFiles(below: url(path)) }

    private func expectRefusal(
        _ result: Tool.Result, _ words: String..., location: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status != 0, "\(result.output)", sourceLocation: location)
        for word in words {
            #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location)
        }
        #expect(!result.errors.contains("Error Domain"), "\(result.errors)", sourceLocation: location)
    }

    @Test func partsWithOtherNamesAreNamedByOptions() throws {
        try split()
        try files.moveItem(at: url("parts/train"), to: url("parts/training_set"))
        try files.moveItem(at: url("parts/val"), to: url("parts/test_set"))
        let (train, val) = (scratch.path("parts/training_set"), scratch.path("parts/test_set"))
        expectRefusal(
            try Tool.run(scratch.train("parts", to: "run")), "look like a data set that is split",
            "--train \(train) --val \(val)")
        expectRefusal(
            try Tool.run(["split", scratch.path("parts"), scratch.path("again")]), "is split already", train,
            val)
        var arguments = scratch.train("parts", to: "run", epochs: 1)
        arguments.remove(at: 1)
        expectRefusal(try Tool.run(arguments), "name the folder of photos, or both parts")
        let result = try Tool.run(arguments + ["--train", train, "--val", val])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("12 photos to train on, 6 to validate; classes: blue, green, red"))
        expectRefusal(
            try Tool.run(scratch.train(to: "other", "--train", train)), "both and without another one")
    }

    @Test func aClassMayBeCalledTrain() throws {
        try files.moveItem(at: url("photos/red"), to: url("photos/train"))
        let result = try Tool.run(scratch.train(to: "run", epochs: 1))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("classes: blue, green, train"))
        try split()
        expectRefusal(try Tool.run(["split", scratch.path("parts"), scratch.path("x")]), "is split already")
    }

    @Test func whereNothingCanBeReadThereIsAnError() throws {
        for part in ["train", "val"] {
            try split(to: "cut-\(part)")
            let bad = try photos(in: "cut-\(part)/\(part)")
            for file in bad { try Data(contentsOf: file).dropLast(90).write(to: file) }
            expectRefusal(
                try Tool.run(scratch.train("cut-\(part)", to: "run-\(part)", epochs: 1)),
                "none of the \(bad.count) samples can be read; the first: ", ".jpg ends early")
        }
    }

    @Test func damageIsCountedOrAccepted() throws {
        let file = url("photos/red/3.jpg")
        var generator = RandomGenerator(seed: 3)
        let pixels = (0..<64 * 64 * 3).map { _ in UInt8(generator.uniform(in: 0...255)) }
        let whole = Image(width: 64, height: 64, channels: 3, pixels: pixels).jpegData()
        try (whole.prefix(whole.count / 2) + whole.dropFirst(whole.count * 4 / 5)).write(to: file)
        #expect(throws: ImageError.self) { try Image(contentsOf: file) }
        let skipping = try Tool.run(scratch.train(to: "run", epochs: 1))
        #expect(skipping.status == 0, "\(skipping.errors)")
        #expect(skipping.output.contains("3.jpg is damaged in part"))
        #expect(skipping.output.contains("1 photo was skipped; --accept-damaged takes the 1"))
        let accepting = try Tool.run(scratch.train(to: "other", epochs: 1, "--accept-damaged"))
        #expect(accepting.status == 0 && !accepting.output.contains("skipped"), "\(accepting.output)")
        let named = try Tool.run(["predict", scratch.path("run"), file.path])
        #expect(named.status == 0 && named.output.contains("%"))
        #expect(named.errors.contains("3.jpg is damaged in part, and some of its pixels are wrong"))
        expectRefusal(
            try Tool.run(["predict", scratch.path("run"), file.path, "--no-accept-damaged"]),
            "is damaged in part")
    }

    @Test func aRunAmongThePhotosIsRefused() throws {
        let inside = "cd '\(scratch.path("photos"))'"
        var arguments = scratch.train(to: "run", epochs: 1)
        arguments[1] = "."
        arguments.removeSubrange(2...3)
        for _ in 0..<2 {
            expectRefusal(try Tool.run(arguments, through: inside), "--output runs/classifier lies within .")
        }
        #expect(!files.fileExists(atPath: scratch.path("photos/runs")))
        expectRefusal(
            try Tool.run(scratch.train(to: "photos/new/run", epochs: 1)),
            "lies within \(scratch.path("photos"))")
        // Beside the parts of a data set, nothing is taken for a class.
        try split()
        let beside = try Tool.run(scratch.train("parts", to: "parts/run", epochs: 1))
        #expect(beside.status == 0, "\(beside.errors)")
    }

    @Test func aTildeIsALetter() throws {
        try files.moveItem(at: url("photos"), to: url("~root"))
        var arguments = scratch.train(to: "run", epochs: 1)
        arguments[1] = "~root"
        arguments[3] = "~run"
        let here = "cd '\(scratch.url.path)'"
        let result = try Tool.run(arguments, through: here)
        #expect(result.status == 0, "\(result.errors)")
        #expect(files.fileExists(atPath: scratch.path("~run/weights/best.safetensors")))
        let named = try Tool.run(["predict", "~run", "~root/red/0.jpg"], through: here)
        #expect(named.status == 0, "\(named.errors)")
    }

    @Test func anOutputBelowAFileNamesIt() throws {
        try Data().write(to: url("file"))
        expectRefusal(try Tool.run(scratch.train(to: "file/run", epochs: 1)), scratch.path("file"))
        expectRefusal(
            try Tool.run(["split", scratch.path("photos"), scratch.path("file/parts")]), scratch.path("file"))
    }

    @Test func photosOfPhones() throws {
        guard ImageFormat.webp.isReadable, ImageFormat.heif.isReadable else {
            print("skipped: libwebp and libheif are not installed")
            return
        }
        let phone = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/vision/phone")
        for name in ["lossy.webp", "photo.heic", "photo.avif"] {
            try files.copyItem(at: phone.appending(path: name), to: url("photos/red/\(name)"))
        }
        let result = try Tool.run(scratch.train(to: "run", epochs: 1))
        #expect(result.status == 0 && !result.output.contains("skipped"), "\(result.errors)")
        let named = try Tool.run(["predict", scratch.path("run"), phone.path])
        #expect(
            named.output.contains("turned.heic") && named.output.contains("alpha.avif"), "\(named.errors)")
    }
}
