// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// Damaged files: each is an error or a checkpoint whose tensors fit the file; none ends the process.
@Suite struct SafeTensorsFuzzTests {
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "damaged.safetensors") }

    private func file() throws -> [UInt8] {
        let checkpoint = Checkpoint(
            tensors: [
                ("features.0.weight", Deterministic.tensor([2, 3, 1, 1], seed: 1)),
                ("steps", Tensor([7] as [Int32])), ("mask", Tensor([1, 0, 1] as [UInt8])),
            ], metadata: ["vggkit.model": "{\"classes\":[\"daisy\",\"tulip\"]}"])
        try checkpoint.write(to: url)
        return [UInt8](try Data(contentsOf: url))
    }

    /// Reads the bytes; what comes of it must be no larger than they are.
    private func read(_ bytes: [UInt8]) throws -> Bool {
        try Data(bytes).write(to: url)
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(contentsOf: url)
            let elements = checkpoint.tensors.reduce(0) { $0 + $1.tensor.count }
            #expect(elements <= bytes.count)
            return true
        } catch {
            #expect(error.description.contains(url.path))
            return false
        }
    }

    @Test func everyFlippedBitIsAnErrorOrACheckpoint() throws {
        let whole = try file()
        var accepted = 0
        for position in 0..<8 * whole.count {
            var bytes = whole
            bytes[position / 8] ^= 1 << UInt8(position % 8)
            if try read(bytes) { accepted += 1 }
        }
        // Those in the elements, in names, and in texts: there is nothing wrong with them.
        #expect(accepted > 8 * 31)
        #expect(accepted < 4 * whole.count)
    }

    @Test func bytesAtRandomAreAnErrorOrACheckpoint() throws {
        let whole = try file()
        let headerEnd = 8 + Int(whole[0]) + Int(whole[1]) << 8
        var generator = RandomGenerator(seed: 5)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "-1", "1e9", "9223372036854775807", " ", "\0",
            "é",
        ]
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let start = Int.random(in: 8..<headerEnd, using: &generator)
                let piece = Array(pieces.randomElement(using: &generator)!.utf8)
                let end = min(headerEnd, start + Int.random(in: 0..<6, using: &generator))
                bytes.replaceSubrange(start..<end, with: piece)
            }
            // The length is made to fit half of the time, or the length alone would be found wrong.
            if Bool.random(using: &generator) {
                let length = max(0, headerEnd - 8 + bytes.count - whole.count)
                bytes.replaceSubrange(
                    0..<8, with: (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
            }
            _ = try read(bytes)
        }
    }

    @Test func deepNestingIsAnErrorNotAnOverflowOfTheStack() throws {
        for text in ["{\"a\":", "[", "{\"a\":["] {
            let header = Array(String(repeating: text, count: 100_000).utf8)
            let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
            #expect(try read(length + header) == false)
        }
    }
}
