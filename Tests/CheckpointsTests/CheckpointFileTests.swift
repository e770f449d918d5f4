// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files that other programs wrote, read bit for bit.
@Suite struct CheckpointFileTests {
    private let folder = TemporaryFolder()

    @Test(arguments: CheckpointFixture.all)
    func everyFileOfTheOracleReadsBitForBit(fixture: CheckpointFixture) throws {
        let file = try CheckpointFile(contentsOf: fixture.url)
        #expect(file.format.rawValue == fixture.format)
        #expect(CheckpointFixture.rows(of: file) == fixture.tensors)
    }

    @Test(arguments: CheckpointFixture.all, CheckpointFormat.allCases.filter { $0 != .legacyPyTorch })
    func everyFileComesThroughEveryFormat(fixture: CheckpointFixture, format: CheckpointFormat) throws {
        let file = try CheckpointFile(contentsOf: fixture.url)
        if format == .npy && file.arrays.count != 1 { return }
        let url = folder.url.appending(path: "copy")
        try CheckpointFile.write(file.arrays, metadata: file.metadata, to: url, as: format)
        let copy = try CheckpointFile(contentsOf: url)
        #expect(copy.format == format)
        var expected = fixture.tensors
        for index in expected.indices where expected[index].type == "BF16" && [.npz, .npy].contains(format) {
            expected[index].type = "F32"
            expected[index].bits = Self.widened(expected[index].bits)
        }
        if format == .npy { expected[0].name = "copy" }
        #expect(CheckpointFixture.rows(of: copy) == expected)
        if format != .npy { #expect(copy.metadata.count >= file.metadata.count) }
    }

    /// bfloat16 is the upper half of float32.
    private static func widened(_ bits: String) -> String {
        stride(from: 0, to: bits.count, by: 4).map { "0000" + bits.dropFirst($0).prefix(4) }.joined()
    }

    @Test func tensorsHaveTheTypesThatTensorsHave() throws {
        let checkpoint = try Checkpoint(contentsOf: CheckpointFixture.url("types.pth"))
        #expect(checkpoint["float16"]!.floats == [0, 0, .infinity, 1.5, -2.25, 0x1p-14])
        #expect(checkpoint["float64"]!.floats == checkpoint["float32"]!.floats)
        #expect(checkpoint["bfloat16"]!.scalarType == .bfloat16)
        #expect(checkpoint["int64"]!.scalars(Int32.self) == [0, 1, 2, 100, 127, 3])
        #expect(checkpoint["uint16"]!.scalars(Int32.self) == [0, 1, 2, 100, 127, 3])
        #expect(checkpoint["bool"]!.scalars(UInt8.self) == [1, 0, 1, 1, 0, 0])
    }

    @Test(arguments: ["views.pth", "views-legacy.pth"])
    func viewsOfOneStorageShareItUntilOneIsWrittenTo(file: String) throws {
        let checkpoint = try Checkpoint(contentsOf: CheckpointFixture.url(file))
        var (base, part) = (checkpoint["base"]!, checkpoint["inner"]!)
        #expect(base.storage === part.storage)
        #expect(part.floats == [8, 9, 10, 14, 15, 16])
        part.withContiguousFloats { $0[0] = -1 }
        #expect(part.floats == [-1, 9, 10, 14, 15, 16])
        #expect(checkpoint["inner"]!.floats == [8, 9, 10, 14, 15, 16])
        base.withContiguousFloats { $0[0] = -1 }
        #expect(try Checkpoint(contentsOf: CheckpointFixture.url(file))["base"]!.floats[0] == 0)
    }

    @Test func nestedValuesHavePathsAndPlainOnesAreTexts() throws {
        let checkpoint = try Checkpoint(contentsOf: CheckpointFixture.url("nested.pth"))
        #expect(checkpoint["state_dict.module.0.weight"]!.shape == [3, 2, 3, 3])
        #expect(checkpoint["optimizer.state.0.momentum_buffer"]!.floats == [1, 1])
        #expect(checkpoint.metadata["epoch"] == "3")
        #expect(checkpoint.metadata["arch"] == "vgg16")
        #expect(checkpoint.metadata["large"] == "1099511627776")
        #expect(checkpoint.metadata["less"] == "-5")
        #expect(checkpoint.metadata["history.1.1"] == "2")
    }

    @Test(arguments: ["nested.pth", "nested-legacy.pth", "protocol1.pth", "protocol5.pth"])
    func nestedValuesReadAsATree(file: String) throws {
        let value = try CheckpointValue(contentsOf: CheckpointFixture.url(file))
        #expect(value["epoch"]?.int == 3)
        #expect(value["best_acc1"]?.float == 71.5)
        #expect(value["done"]?.bool == false)
        #expect(value["optimizer"]?["param_groups"]?[0]?["lr"]?.float == 0.1)
        #expect(value["optimizer"]?["state"]?[0]?["momentum_buffer"]?.tensor?.floats == [1, 1])
        guard case .bytes(let raw)? = value["raw"] else {
            Issue.record("\(value)")
            return
        }
        #expect(raw == [0, 255, 128])
        let url = folder.url.appending(path: "copy.pth")
        try value.write(to: url)
        let copy = try CheckpointValue(contentsOf: url)
        #expect(copy["history"]?[1]?[0]?.int == 1)
        #expect(copy["large"]?.int == 1 << 40)
        #expect(copy["state_dict"]?["module.1.running_var"]?.tensor?.floats == [1, 1, 1])
    }

    @Test func numPyScalarsAreNumbers() throws {
        let value = try CheckpointValue(contentsOf: CheckpointFixture.url("numpy-scalars.pth"))
        #expect(value["f"]?.float == 0.25)
        #expect(value["i"]?.int == -3)
    }

    @Test func elementsAreViewsOfTheFile() throws {
        let url = folder.url.appending(path: "large.pth")
        try Checkpoint(tensors: [("w", Tensor.full(2, [1 << 20]))]).write(to: url)
        let before = MemoryPool.shared.statistics.bytesInUse
        var tensor = try Checkpoint(contentsOf: url)["w"]!
        #expect(MemoryPool.shared.statistics.bytesInUse - before < 1 << 20)
        tensor.withContiguousFloats { $0[0] = 3 }
        #expect(tensor.floats[0] == 3)
        #expect(try Checkpoint(contentsOf: url)["w"]!.floats[0] == 2)
    }

    /// Sizes and places of 64 bits, where they would fit 32.
    @Test func archivesBeyondFourGigabytesReadAsSmallOnesDo() throws {
        let url = folder.url.appending(path: "wide.pth")
        let arrays = try CheckpointFile(contentsOf: CheckpointFixture.url("shapes.pth")).arrays
        let tree = CheckpointTree<StoredArray>.dictionary(arrays.map { (.name($0.name), .tensor($0.tensor)) })
        for limit in [0, 1, 100] as [UInt64] {
            try TorchWriter.write(tree, to: url, wideFrom: limit)
            let rows = CheckpointFixture.rows(of: try CheckpointFile(contentsOf: url))
            #expect(rows == CheckpointFixture.all.first { $0.file == "shapes.pth" }!.tensors)
        }
    }

    @Test func anUnknownEndingIsAnErrorThatNamesThoseKnown() {
        let url = folder.url.appending(path: "model.onnx")
        #expect(
            throws: CheckpointError.unwritable(
                url, "\"onnx\" stands for no format; use .safetensors, .pth, .pt, .npz or .npy")
        ) {
            try Checkpoint(tensors: []).write(to: url)
        }
    }

    @Test(
        .enabled(
            if: TestData.has("checkpoints/vgg_normalised_conv3_1.pth"), "needs VGGKIT_TEST_DATA/checkpoints"),
        arguments: [
            ("checkpoints/vgg_normalised_conv3_1.pth", 12, 167.0918437742731),
            ("weights/squeezenet1_0-imagenet.pth", 52, -2466.6822263313197),
        ])
    func filesFromElsewhereHavePyTorchsSums(path: String, count: Int, sum: Double) throws {
        let checkpoint = try Checkpoint(contentsOf: TestData.url(path))
        let sums = checkpoint.tensors.map { $0.tensor.floats.reduce(0.0) { $0 + Double($1) } }
        #expect(checkpoint.tensors.count == count)
        #expect(abs(sums.reduce(0, +) - sum) < 1e-9 * abs(sum))
    }
}

extension Tensor {
    /// Writes to the elements, as operations in place do.
    fileprivate mutating func withContiguousFloats(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
        makeUnique()
        withMutableScalars(Float.self, body)
    }
}
