// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// Pickles that mean harm: each is an error that says what was found, within moments and with little memory.
@Suite struct HostilePickleTests {
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "hostile.pth") }

    private func error(_ body: (inout PickleBuilder) -> Void) throws -> CheckpointError {
        try PickleBuilder.archive(PickleBuilder.make(body), to: url)
        return try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
    }

    @Test(arguments: [
        ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"),
        ("__builtin__", "getattr"),
        ("subprocess", "Popen"), ("torch", "load"), ("torch.storage", "_load_from_bytes"), ("numpy", "load"),
        ("torch._utils", "_import_dotted_name"), ("runpy", "run_path"), ("torch.hub", "load"),
    ])
    func whateverCouldRunSomethingIsNamedAndNotRun(module: String, name: String) throws {
        let forms: [(inout PickleBuilder) -> Void] = [
            { builder in
                builder.global(module, name)
                builder.text("touch \(folder.url.path)/ran")
                builder.code(0x85)
                builder.code("R")
            },
            { builder in
                builder.text(module)
                builder.text(name)
                builder.code(0x93)
                builder.text("touch \(folder.url.path)/ran")
                builder.code(0x85)
                builder.code("R")
            },
            { builder in
                builder.code("(")
                builder.text("touch \(folder.url.path)/ran")
                builder.code("i\(module)\n\(name)\n")
            },
        ]
        for form in forms {
            #expect(try error(form) == .forbidden(url, global: "\(module).\(name)"))
        }
        #expect(folder.names == ["hostile.pth"])
    }

    /// One short text in the memo, a tuple of thousands of it, and calls of a few bytes that join them.
    @Test func textsAreNotMultiplied() throws {
        let joined = try error { builder in
            builder.text(String(repeating: "x", count: 60))
            builder.code("q\u{1}0(")
            for _ in 0..<20_000 { builder.code("h\u{1}") }
            builder.code("tq\u{2}0]")
            for _ in 0..<2_000 {
                builder.global("torch", "device")
                builder.code("h\u{2}Ra")
            }
        }
        #expect("\(joined)".contains("copies of many times"), "\(joined)")
        let typed = try error { builder in
            builder.global("numpy", "dtype")
            builder.text("f8")
            builder.code(0x85)
            builder.code("R(K\u{3}")
            builder.text(String(repeating: "<", count: 1000))
            builder.code("NNNtb")
        }
        #expect("\(typed)".contains("byte order"), "\(typed)")
    }

    @Test func nestingOfAnyDepthIsAnError() throws {
        #expect(
            "\(try error { $0.code(String(repeating: "]", count: 100_000)) })".contains(
                "more than one result"))
        #expect("\(try error { $0.code(String(repeating: "]", count: 300_000)) })".contains("a stack"))
        let nested = try error { builder in
            builder.code(String(repeating: "]", count: 1000) + String(repeating: "a", count: 999))
        }
        #expect("\(nested)".contains("nested more than 64 deep"))
        let tuples = try error { builder in
            builder.code("N")
            for _ in 0..<100_000 { builder.code(0x85) }
        }
        #expect("\(tuples)".contains("nested more than 64 deep"))
    }

    @Test func aListThatContainsItselfIsAnError() throws {
        let list = try error { $0.code("]q\u{1}h\u{1}a") }
        #expect("\(list)".contains("contain themselves"))
        let dictionary = try error { builder in
            builder.code("}q\u{1}")
            builder.text("k")
            builder.code("h\u{1}s")
        }
        #expect("\(dictionary)".contains("contain themselves"))
    }

    /// Each list holds the one before ten times.
    @Test func aFewBytesThatDescribeBillionsAreAnError() throws {
        let error = try error { builder in
            builder.code("(]q\u{0}")
            for level in UInt8(1)...40 {
                builder.code("](")
                for _ in 0..<10 { builder.code(UInt8(ascii: "h"), level - 1) }
                builder.code("e")
                builder.code(UInt8(ascii: "q"), level)
            }
            builder.code("1h\u{28}")
        }
        #expect("\(error)".contains("many times more than it holds"))
    }

    @Test func copiesOfACopyAreCounted() throws {
        let long = String(repeating: "x", count: 50_000)
        let error = try error { builder in
            builder.text(long)
            builder.code("q\u{1}0")
            builder.text("latin1")
            builder.code("q\u{2}0")
            builder.code("]")
            for _ in 0..<1000 {
                builder.global("_codecs", "encode")
                builder.code("h\u{1}h\u{2}")
                builder.code(0x86)
                builder.code("Ra")
            }
        }
        #expect("\(error)".contains("copies of many times its own length"))
    }

    @Test func aTensorThatRepeatsItsElementsWithoutEndIsAnError() throws {
        let error = try error { $0.tensor(count: 16, shape: [1 << 40], strides: [0]) }
        #expect("\(error)".contains("more often than the file can mean"))
    }

    /// Storages are of 64 bytes.
    @Test(
        arguments: [
            (16, 0, [17], [1], "within the 16 elements"), (16, 1, [16], [1], "within the 16 elements"),
            (16, -1, [4], [1], "within"), (16, 0, [-1], [1], "within"), (16, 0, [4], [-1], "within"),
            (16, 0, [2, 2], [1], "within"), (16, .max, [1], [1], "within"), (16, 0, [2], [.max], "within"),
            (16, 1, [2], [.max], "within"), (16, 0, [1 << 40, 1 << 40], [0, 0], "within"),
            (16, 0, [0, 1 << 40, 1 << 40], [0, 0, 0], "within"),
            (17, 0, [17], [1], "has 64 bytes, expected 68"),
            (1 << 62, 0, [1], [1], "a storage"), (-1, 0, [1], [1], "a storage"),
            (1 << 58, 0, [1], [1], "expected"),
        ] as [(Int, Int, [Int], [Int], String)])
    func aTensorOutsideItsStorageIsAnError(
        count: Int, offset: Int, shape: [Int], strides: [Int], mention: String
    ) throws {
        let error = try error { $0.tensor(count: count, offset: offset, shape: shape, strides: strides) }
        #expect("\(error)".contains(mention), "\(error)")
    }

    @Test func aTensorOfTooManyAxesIsAnError() throws {
        let ones = [Int](repeating: 1, count: 65)
        #expect("\(try error { $0.tensor(count: 1, shape: ones, strides: ones) })".contains("65 axes"))
    }

    @Test func anEntryThatIsMissingIsNamed() throws {
        let error = try error { $0.tensor(key: "../../etc/passwd", count: 4, shape: [4], strides: [1]) }
        #expect("\(error)".contains("it has no entry archive/data/../../etc/passwd"))
    }

    @Test func aLengthBeyondTheFileTakesNoMemory() throws {
        for code in [
            [0x58, 0xFF, 0xFF, 0xFF, 0x7F], [0x8E] + [UInt8](repeating: 0x7F, count: 8),
            [0x8B, 255, 255, 255, 127],
        ]
            as [[UInt8]]
        {
            #expect("\(try error { $0.bytes += code })".contains("expected"))
        }
    }

    @Test func aKeyWithoutEndIsAnError() throws {
        let error = try error { builder in
            builder.code("}")
            builder.text(String(repeating: "k", count: 5000))
            builder.code("Ns")
        }
        #expect("\(error)".contains("a key of 5000 bytes"))
    }

    @Test(arguments: [
        ("(", "an empty stack"), ("0", "an empty stack"), ("t", "no mark"), ("h\u{9}", "memo 9"),
        ("Q", "an empty stack"),
        ("NQ", "a tuple"), (")Q", "kept elsewhere"), ("N)R", "a call of None"), ("NNa", "expected a list"),
        ("Ns", "an empty stack"), ("NNs", "an empty stack"), ("}(Nu", "a key without a value"),
        ("}]Ns", "a list as a key"), ("}]tNs", "no mark"), ("P1\n", "the instruction 0x50"),
        ("I99x9\n", "an integer"), ("L--1L\n", "an integer"),
        ("ctorch\nTensor\n)R", "torch.Tensor"), ("Vabc\\u12\n", "escape"), ("S'a\n", "quotes"),
    ])
    func whatPythonWouldRefuseIsRefused(code: String, mention: String) throws {
        let error = try error { $0.code(code) }
        #expect("\(error)".contains(mention), "\(error)")
    }

    /// A tuple that holds the one before it twice, as a key: its text would be without end.
    @Test func aKeyOfTuplesInTuplesIsAnError() throws {
        let error = try error { builder in
            builder.code("}Nq\u{0}")
            for level in UInt8(0)..<40 {
                builder.code(UInt8(ascii: "h"), level, UInt8(ascii: "h"), level, 0x86)
                builder.code(UInt8(ascii: "q"), level + 1)
            }
            builder.code("Ns")
        }
        #expect("\(error)".contains("expected"), "\(error)")
    }

    @Test func anIntegerOfTooManyDigitsIsAnError() throws {
        let long = try error { $0.bytes += [0x8B, 0, 0x20, 0, 0] + [UInt8](repeating: 1, count: 0x2000) }
        #expect("\(long)".contains("an integer of 8192 bytes"))
    }

    @Test func aProgramOfTorchScriptIsNotRead() throws {
        try PickleBuilder.archive(
            PickleBuilder.make { $0.code("}") }, more: [("archive/constants.pkl", [])], to: url)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect("\(error!)".contains("TorchScript"))
    }
}
