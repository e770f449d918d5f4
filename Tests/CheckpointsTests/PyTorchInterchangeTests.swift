// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// What VGGKit writes, read by PyTorch, safetensors and NumPy themselves.
@Suite(
    .enabled(
        if: Oracle.isPresent, "needs Python with torch, safetensors and numpy in .venv, or VGGKIT_TEST_PYTHON"
    ))
struct PyTorchInterchangeTests {
    private let folder = TemporaryFolder()

    private struct Shown: Decodable {
        var tensors: [CheckpointFixture.Row]
        var metadata: [String: String]?
    }

    private func shown(_ urls: [URL]) throws -> [Shown] {
        let output = try Oracle.run("checkpoints.py", ["show"] + urls.map(\.path))
        return try JSONDecoder().decode([Shown].self, from: Data(output.utf8))
    }

    /// Python takes seconds to start, so it is asked once.
    @Test func othersReadTheSameBits() throws {
        let sources = CheckpointFixture.all.map(\.file)
        var (urls, expected): ([URL], [[CheckpointFixture.Row]]) = ([], [])
        for format in [CheckpointFormat.pyTorch, .safetensors, .npz] {
            for source in sources {
                let file = try CheckpointFile(contentsOf: CheckpointFixture.url(source))
                let url = folder.url.appending(
                    path: "\(source).\(format == .pyTorch ? "pth" : format.rawValue)")
                let arrays = file.arrays.filter { format != .npz || $0.tensor.type != .bfloat16 }
                try CheckpointFile.write(arrays, metadata: ["note": "é"], to: url, as: format)
                urls.append(url)
                expected.append(
                    CheckpointFixture.rows(of: file).filter { format != .npz || $0.type != "BF16" })
            }
        }
        for (url, (found, expected)) in zip(urls, zip(try shown(urls), expected)) {
            // safetensors' own reader sorts the names.
            let isSorted = url.pathExtension == "safetensors"
            let rows = isSorted ? expected.sorted { $0.name < $1.name } : expected
            #expect((isSorted ? found.tensors.sorted { $0.name < $1.name } : found.tensors) == rows, "\(url)")
            if isSorted { #expect(found.metadata == ["note": "é"]) }
        }
    }

    @Test func tensorsInAnyMemoryOrderAreWrittenRowMajor() throws {
        let weight = Deterministic.tensor([4, 3, 2, 2], seed: 1)
        let tensors: [(name: String, tensor: Tensor)] = [
            ("b", weight.channelsLast()), ("a", weight),
            ("t", Deterministic.tensor([3, 5], seed: 2).transposed()),
            ("bytes", Tensor([1, 2] as [UInt8])), ("count", Tensor(7 as Int32)),
            ("half", Tensor([BFloat16(1.5)])), ("none", Tensor.zeros([0, 2])),
        ]
        let url = folder.url.appending(path: "model.pth")
        try Checkpoint(tensors: tensors, metadata: ["k": "v"]).write(to: url)
        let found = try shown([url])[0].tensors
        #expect(found.map(\.name) == tensors.map(\.name))
        #expect(found.map(\.type) == ["F32", "F32", "F32", "U8", "I32", "BF16", "F32"])
        #expect(found[0].bits == found[1].bits)
        #expect(found == CheckpointFixture.rows(of: try CheckpointFile(contentsOf: url)))
        #expect(try Checkpoint(contentsOf: url).metadata == ["k": "v"])
    }
}
