// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// `vggkit inspect`, `convert` and `diff`, run as a user would.
@Suite(.serialized) struct CheckpointCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vggkit-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func write(_ name: String, _ shift: Float = 0, count: Int = 6) throws {
        let weight = Tensor((0..<count).map { Float($0) + shift }, shape: [2, count / 2])
        try Checkpoint(
            tensors: [("a.weight", weight), ("a.count", Tensor(3 as Int32))], metadata: ["epoch": "3"]
        ).write(to: URL(filePath: path(name)))
    }

    @Test func inspectListsWhatAFileHolds() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("a.pth")
        let text = try Tool.run("inspect", path("a.pth"))
        #expect(text.status == 0)
        #expect(text.output.contains("pytorch"))
        #expect(text.output.contains("a.weight  F32   [2, 3]  24 bytes"))
        #expect(text.output.contains("epoch: 3"))
        let json = try Tool.run("inspect", "--json", path("a.pth"))
        let report = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as! [String: Any]
        #expect(report["format"] as? String == "pytorch")
        #expect(
            (report["tensors"] as? [[String: Any]])?.map { $0["name"] as? String } == ["a.weight", "a.count"])
        #expect(report["metadata"] as? [String: String] == ["epoch": "3"])
    }

    @Test func convertKeepsEverythingThroughEveryFormat() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("a.pth")
        var source = "a.pth"
        for target in ["b.safetensors", "c.npz", "d.pt", "e.pth"] {
            let result = try Tool.run("convert", path(source), path(target))
            #expect(result.status == 0, "\(result.errors)")
            let diff = try Tool.run("diff", path("a.pth"), path(target))
            #expect(diff.status == 0 && diff.output == "the same 2 tensors\n", "\(diff.output)")
            source = target
        }
        #expect(try Checkpoint(contentsOf: URL(filePath: path("e.pth"))).metadata == ["epoch": "3"])
    }

    @Test func convertDropsAndRenames() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("a.pth")
        let result = try Tool.run(
            "convert", path("a.pth"), path("b.npy"), "--drop", "*.count", "--rename", "a.*=b.*")
        #expect(result.status == 0, "\(result.errors)")
        let wrong = try Tool.run("convert", path("a.pth"), path("b.npy"))
        #expect(wrong.status != 0 && wrong.errors.contains("holds one array, there are 2"))
        let unknown = try Tool.run("convert", path("a.pth"), path("b.onnx"))
        #expect(unknown.status != 0 && unknown.errors.contains("stands for no format"))
    }

    /// What is not read is listed, and nothing of it is lost in silence.
    @Test func whatIsNotSupportedIsSaid() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        // A safetensors file of one float8 tensor and one of float32.
        let header =
            #"{"f8":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[4,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
        try Data(length + Array(header.utf8) + [0, 0, 128, 63, 1, 2, 3, 4])
            .write(to: URL(filePath: path("a.safetensors")))
        let text = try Tool.run("inspect", path("a.safetensors"))
        #expect(text.status == 0 && text.output.contains("1 tensors, 1 elements"), "\(text.errors)")
        #expect(text.output.contains("  f8  not supported: its elements are F8_E4M3"), "\(text.output)")
        let json = try Tool.run("inspect", "--json", path("a.safetensors"))
        let report = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as! [String: Any]
        #expect((report["unsupported"] as? [[String: String]])?.first?["name"] == "f8")
        let refused = try Tool.run("convert", path("a.safetensors"), path("b.pth"))
        #expect(refused.status != 0 && refused.errors.contains("--drop 'f8'"), "\(refused.errors)")
        let kept = try Tool.run("convert", path("a.safetensors"), path("b.pth"), "--drop", "f8")
        #expect(kept.status == 0, "\(kept.errors)")
        #expect(try Checkpoint(contentsOf: URL(filePath: path("b.pth")))["w"]!.floats == [1])
        let diff = try Tool.run("diff", path("a.safetensors"), path("b.pth"))
        #expect(diff.status == 2 && diff.output.contains("not compared"), "\(diff.output)")
    }

    /// NumPy lists every entry of a .npz file as an array; metadata stand in the archive's comment.
    @Test func metadataOfNPZAreNoEntry() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("a.pth")
        #expect(try Tool.run("convert", path("a.pth"), path("b.npz")).status == 0)
        let bytes = try Data(contentsOf: URL(filePath: path("b.npz")))
        let names = bytes.indices.filter { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }
        #expect(names.count == 2)
        #expect(bytes.suffix(20).elementsEqual("vggkit {\"epoch\":\"3\"}".utf8))
        #expect(try Checkpoint(contentsOf: URL(filePath: path("b.npz"))).metadata == ["epoch": "3"])
        #expect(try Tool.run("convert", "--no-metadata", path("b.npz"), path("c.npz")).status == 0)
        #expect(try Checkpoint(contentsOf: URL(filePath: path("c.npz"))).metadata.isEmpty)
        try Checkpoint(
            tensors: [("w", Tensor(1))], metadata: ["long": String(repeating: "x", count: 70_000)]
        ).write(to: URL(filePath: path("d.pth")))
        let long = try Tool.run("convert", path("d.pth"), path("e.npz"))
        #expect(long.status != 0 && long.errors.contains("metadata"), "\(long.errors)")
    }

    @Test func diffSaysWhatDiffers() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("a.pth")
        try write("b.safetensors", 0.5)
        let result = try Tool.run("diff", path("a.pth"), path("b.safetensors"))
        #expect(result.status == 1)
        #expect(result.output == "a.weight: 6 of 6 elements differ, by at most 0.5\n")
        try Checkpoint(tensors: [("a.weight", Tensor.zeros([6])), ("x", Tensor(0))]).write(
            to: URL(filePath: path("c.pth")))
        let shapes = try Tool.run("diff", path("a.pth"), path("c.pth"))
        #expect(shapes.output.contains("a.weight: F32 [2, 3] and F32 [6]"))
        #expect(shapes.output.contains("only in \(path("a.pth")): a.count"))
        #expect(shapes.output.contains("only in \(path("c.pth")): x"))
    }

    @Test func aFileThatIsNoCheckpointIsAnErrorInOneLine() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("hello".utf8).write(to: URL(filePath: path("x.pth")))
        let result = try Tool.run("inspect", path("x.pth"))
        #expect(result.status == 1)
        #expect(
            result.errors.contains("x.pth") && result.errors.split(separator: "\n").count == 1,
            "\(result.errors)")
    }

    /// Whenever the writer is killed, the file is the old one or the new one, whole.
    @Test func aWriterThatIsKilledLeavesTheOldFileOrTheNew() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let count = 1 << 21
        try write("old.pth", 0, count: count)
        try write("new.pth", 1, count: count)
        let (old, new) = (
            try Data(contentsOf: URL(filePath: path("old.pth"))),
            try Data(contentsOf: URL(filePath: path("new.pth")))
        )
        let target = URL(filePath: path("target.pth"))
        var generator = RandomGenerator(seed: 3)
        var outcomes = (old: 0, new: 0)
        for _ in 0..<25 {
            try old.write(to: target)
            let (process, _, _) = try Tool.start(["convert", path("new.pth"), target.path])
            usleep(UInt32.random(in: 1000..<150_000, using: &generator))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let found = try Data(contentsOf: target)
            #expect(found == old || found == new)
            if found == old { outcomes.old += 1 } else { outcomes.new += 1 }
        }
        #expect(outcomes.old > 0)
    }
}
