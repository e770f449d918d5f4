// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// Keys and values that `torch.load(weights_only=True)` reads and state dictionaries do not have.
@Suite struct PlainValueTests {
    private let folder = TemporaryFolder()

    @Test func keysOfAnyKindAreReadAndWritten() throws {
        let url = folder.url.appending(path: "copy.pth")
        try CheckpointFile(contentsOf: CheckpointFixture.url("plain-values.pth")).write(to: url, as: .pyTorch)
        for url in [CheckpointFixture.url("plain-values.pth"), url] {
            let value = try CheckpointValue(contentsOf: url)
            #expect(value["w"]?.tensor?.floats == [0, 1, 2, 3, 4, 5])
            #expect(value["thresholds"]?[.float(0.5)]?.float == 0.9)
            #expect(value["index"]?[.none]?.int == 1)
            #expect(value["pairs"]?[.tuple([0, 1])]?.int == 1)
            #expect(value["pairs"]?[.tuple(["a", .tuple([2])])]?.int == 2)
            #expect(value["bytes"]?[.bytes([0x6B])]?.int == 1)
            #expect(value["by seed"]?.members?.first?.key.description == "18446744073709551616")
            #expect(value["types"]?["torch.float32"]?.int == 1)
            #expect(value["z"]?.text == "(1.0-2.0j)")
            #expect(value["half"]?.float == 1.5)
            let texts = try Checkpoint(contentsOf: url).metadata
            #expect(texts["seed"] == "9223372036854775813")
            #expect(texts["unsigned"] == "9223372036854775813")
            #expect(texts["less"] == "-1180591620717411303424")
            #expect(texts["thresholds.0.5"] == "0.9")
            #expect(texts["index.None"] == "1")
            #expect(texts["pairs.(0, 1)"] == "1")
            #expect(texts["pairs.(a, (2,))"] == "2")
        }
    }

    @Test(arguments: [
        "0", "127", "128", "255", "256", "-1", "-128", "-129", "-256", "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616", "-18446744073709551616", "340282366920938463463374607431768211455",
    ])
    func largeIntegersComeBackDigitByDigit(text: String) throws {
        let url = folder.url.appending(path: "integer.pth")
        for code in ["L\(text)L\n", "I\(text)\n"] where code != "I0\n" {
            try PickleBuilder.archive(PickleBuilder.make { $0.code(code) }, to: url)
            #expect(try Checkpoint(contentsOf: url).metadata == ["": text])
            let copy = folder.url.appending(path: "copy.pth")
            try CheckpointValue(contentsOf: url).write(to: copy)
            #expect(try Checkpoint(contentsOf: copy).metadata == ["": text])
        }
        #expect(try CheckpointValue(contentsOf: url).float == Double(text))
    }

    /// The imaginary part of a conjugate is a view of elements with the other sign.
    @Test func negatedViewsHaveTheirSign() throws {
        let checkpoint = try Checkpoint(contentsOf: CheckpointFixture.url("negated.pth"))
        #expect(checkpoint["imaginary"]!.floats == [-2, 4])
        #expect(checkpoint["real"]!.floats == [1, 3])
        #expect(checkpoint["view"]!.floats == [-1, -5, -9, -2, -6, -10, -3, -7, -11])
        #expect(checkpoint["whole"]!.floats == (0..<12).map { Float($0) })
        #expect(checkpoint["numbers"]!.scalars(Int32.self) == [-1, 2, 0])
    }
}
