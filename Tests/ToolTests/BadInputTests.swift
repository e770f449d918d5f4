// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// Each mistake gets a message that names the thing, and an exit that is not zero.
@Suite struct BadInputTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.makePhotos()
    }

    private func expectRefusal(
        _ arguments: [String], naming words: String..., location: SourceLocation = #_sourceLocation
    ) throws {
        let result = try Tool.run(arguments)
        #expect(result.status != 0, sourceLocation: location)
        for word in words {
            #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location)
        }
        // A usage that is shown is the command's own.
        #expect(!result.errors.contains("<subcommand>"), "\(result.errors)", sourceLocation: location)
    }

    @Test func foldersThatAreNoDataSet() throws {
        let files = FileManager.default
        for name in ["empty", "single/daisy", "gap/a", "gap/b"] {
            try files.createDirectory(atPath: scratch.path(name), withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: scratch.path("photos/red/0.jpg"), toPath: scratch.path("gap/a/0.jpg"))
        try files.copyItem(
            atPath: scratch.path("photos/red/0.jpg"), toPath: scratch.path("single/daisy/0.jpg"))
        try expectRefusal(scratch.train("nowhere", to: "run"), naming: "there is no folder", "nowhere")
        try expectRefusal(scratch.train("empty", to: "run"), naming: "holds no folders", "empty")
        try expectRefusal(scratch.train("single", to: "run"), naming: "one class only", "daisy")
        try expectRefusal(scratch.train("gap", to: "run"), naming: "gap/b", "holds no photos")
        #expect(!files.fileExists(atPath: scratch.path("run/weights")))
    }

    @Test func optionsThatCannotBe() throws {
        try expectRefusal(scratch.train(to: "run", "--rate", "-0.1"), naming: "--learning-rate is -0.1")
        for name in ["--learning-rate", "--lr", "--rate"] {
            try expectRefusal(
                scratch.train(to: "run", "\(name)=-0.1"), naming: "--learning-rate is -0.1")
        }
        try expectRefusal(scratch.train(to: "run", "--epochs", "0"), naming: "--epochs is 0")
        try expectRefusal(scratch.train(to: "run", "--dropout", "1.5"), naming: "dropout rate 1.5")
        try expectRefusal(
            scratch.train(to: "run", "--classes", "5"), naming: "--classes is 5", "has 3", "blue")
        try expectRefusal(scratch.train(to: "run", "--column", "8 Q"), naming: "'Q' is not a stage")
        try expectRefusal(
            scratch.train(to: "run", "--image-size", "2"), naming: "--image-size is 2", "at least 4")
        try expectRefusal(scratch.train(to: "run", "--freeze", "nothing.*"), naming: "nothing.*")
        try expectRefusal(scratch.train(to: "run", "--resume"), naming: "no run to resume")
        try expectRefusal(
            ["split", scratch.path("photos"), scratch.path("out"), "--validation", "1"],
            naming: "--validation is 1")
    }

    @Test func photosThatAreNone() throws {
        let photos = scratch.url.appending(path: "photos")
        try Data("not a photo".utf8).write(to: photos.appending(path: "red/note.jpg"))
        let whole = try Data(contentsOf: photos.appending(path: "red/0.jpg"))
        try whole.dropLast(60).write(to: photos.appending(path: "red/half.jpg"))
        try Data().write(to: photos.appending(path: "red/moving.gif"))
        let tolerant = try Tool.run(scratch.train(to: "run"))
        #expect(tolerant.status == 0, "\(tolerant.errors)")
        #expect(tolerant.output.contains("skipped: ") && tolerant.output.contains("note.jpg"))
        #expect(tolerant.output.contains("half.jpg") || tolerant.output.contains("ends early"))
        #expect(tolerant.output.contains("photos: 1 .gif (not read: convert them to JPEG)"))
        try expectRefusal(scratch.train(to: "strict", "--strict"), naming: "note.jpg", "neither JPEG, PNG")
        try expectRefusal(
            ["predict", scratch.path("run"), photos.appending(path: "red/half.jpg").path], naming: "half.jpg",
            "ends early")
        try expectRefusal(["predict", scratch.path("run"), scratch.path("gone.jpg")], naming: "gone.jpg")
        // One bad photo does not keep the others from being explained.
        let output = scratch.path("explanations")
        try expectRefusal(
            ["explain", scratch.path("run"), "-o", output]
                + ["half", "1"].map { scratch.path("photos/red/\($0).jpg") },
            naming: "half.jpg", "ends early")
        #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["2-1.png"])
    }

    @Test func checkpointsThatDoNotFit() throws {
        #expect(try Tool.run(scratch.train(to: "run", epochs: 1)).status == 0)
        try expectRefusal(scratch.train(to: "run"), naming: "holds a run already", "--resume")
        try expectRefusal(
            scratch.train(to: "run", "--resume", "--image-size", "20"), naming: "begun with other options")
        try expectRefusal(
            ["evaluate", scratch.path("run"), scratch.path("photos"), "--classes", "4"],
            naming: "--classes is 4", "has 3")
        try expectRefusal(
            ["predict", scratch.path("run"), scratch.path("photos/red/0.jpg"), "--classes", "4"],
            naming: "--classes is 4")
        #expect(try Tool.run(["split", scratch.path("photos"), scratch.path("parts")]).status == 0)
        try expectRefusal(["evaluate", scratch.path("run"), scratch.path("parts")], naming: "parts/val")
        try FileManager.default.moveItem(
            atPath: scratch.path("photos/red"), toPath: scratch.path("photos/crimson"))
        try expectRefusal(
            ["evaluate", scratch.path("run"), scratch.path("photos")], naming: "run has red",
            "photos has crimson")

        let file = scratch.url.appending(path: "run/weights/best.safetensors")
        let bytes = try Data(contentsOf: file)
        try bytes.prefix(bytes.count - 10).write(to: file)
        try expectRefusal(
            ["predict", scratch.path("run"), scratch.path("photos/blue/0.jpg")], naming: "best.safetensors")
        try Data("nonsense".utf8).write(to: file)
        try expectRefusal(
            ["predict", scratch.path("run"), scratch.path("photos/blue/0.jpg")], naming: "best.safetensors")
        try expectRefusal(
            ["predict", scratch.path("nowhere"), scratch.path("photos/blue/0.jpg")], naming: "nowhere")
        try expectRefusal(
            ["predict", scratch.path("photos/blue/0.jpg"), scratch.path("run")], naming: "0.jpg is a photo")
        try expectRefusal(
            ["predict", scratch.path("photos"), scratch.path("photos")], naming: "there is no run in")
    }

    @Test func partsOfOtherClasses() throws {
        #expect(try Tool.run(["split", scratch.path("photos"), scratch.path("parts")]).status == 0)
        let half = try Tool.run(scratch.train("parts/train", to: "run", epochs: 1))
        #expect(half.status == 0 && half.output.contains("val/ beside it is not used"), "\(half.errors)")
        try FileManager.default.moveItem(
            atPath: scratch.path("parts/val/red"), toPath: scratch.path("parts/val/Red"))
        try expectRefusal(
            scratch.train("parts", to: "other"), naming: "only", "parts/train has red", "parts/val has Red")
    }

    @Test func sizesAtTheEnds() throws {
        let photos = scratch.url.appending(path: "photos")
        try Image(width: 1, height: 1, channels: 3, pixels: [200, 10, 10]).write(
            to: photos.appending(path: "red/dot.png"))
        // A batch larger than the data set is one smaller batch.
        let result = try Tool.run(scratch.train(to: "run", "--batch-size", "500"))
        #expect(result.status == 0, "\(result.errors)")
    }
}
