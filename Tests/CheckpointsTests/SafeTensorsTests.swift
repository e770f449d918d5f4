// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
    /// A folder of its own for each test, removed afterwards.
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "model.safetensors") }

    /// Writes a file with a header of the test's own.
    private func write(header: String, data: [UInt8] = [], length: UInt64? = nil) throws {
        let header = Array(header.utf8)
        let length = length ?? UInt64(header.count)
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header + data
        try Data(bytes).write(to: url)
    }

    private func read(header: String, data: [UInt8] = []) throws -> Checkpoint {
        try write(header: header, data: data)
        return try Checkpoint(contentsOf: url)
    }

    private static let special: [Float] = [0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, .pi]

    @Test func valuesAndOrderComeBackBitForBit() throws {
        let checkpoint = Checkpoint(
            tensors: [
                ("z.bytes", Tensor([1, 2, 255] as [UInt8])),
                ("a.weight", Tensor(Self.special, shape: [3, 2])),
                ("counter", Tensor(Int32.min)),
                ("empty", Tensor.zeros([0, 4])),
                ("half", Tensor([BFloat16(1.5), BFloat16(-2)])),
            ],
            metadata: ["format": "pt", "quote \" \\ \n é 🌷": "value"])
        try checkpoint.write(to: url)
        let found = try Checkpoint(contentsOf: url)
        #expect(found.metadata == checkpoint.metadata)
        #expect(found.tensors.map(\.name) == checkpoint.tensors.map(\.name))
        #expect(found.tensors.map(\.tensor.shape) == checkpoint.tensors.map(\.tensor.shape))
        #expect(found.tensors.map(\.tensor.scalarType) == checkpoint.tensors.map(\.tensor.scalarType))
        #expect(found["a.weight"]!.floats.map(\.bitPattern) == Self.special.map(\.bitPattern))
        #expect(found["z.bytes"]!.scalars(UInt8.self) == [1, 2, 255])
        #expect(found["counter"]!.scalars(Int32.self) == [.min])
        #expect(found["half"]!.scalars(BFloat16.self) == [BFloat16(1.5), BFloat16(-2)])
    }

    /// A header of 640 bytes makes the file begin with a pickle's 80 02, one of 35615 with gzip's 1F 8B.
    @Test(arguments: [0x0280, 0x0380, 0x0480, 0x0580, 0x8B1F])
    func theLengthMayLookLikeThatOfAnotherFormat(length: Int) throws {
        let header = #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
        let found = try read(
            header: header + String(repeating: " ", count: length - header.utf8.count), data: [7])
        #expect(found["x"]?.scalars(UInt8.self) == [7])
    }

    @Test func equalContentsGiveEqualBytesWhateverTheMemoryOrder() throws {
        let weight = Tensor((0..<24).map { Float($0) }, shape: [2, 3, 2, 2])
        let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key \($0)", "\($0)") })
        try Checkpoint(tensors: [("w", weight)], metadata: metadata).write(to: url)
        let first = try Data(contentsOf: url)
        try Checkpoint(tensors: [("w", weight.channelsLast())], metadata: metadata).write(to: url)
        #expect(try Data(contentsOf: url) == first)
        #expect(try Checkpoint(contentsOf: url)["w"]!.floats == weight.floats)
    }

    @Test func elementsAreAligned() throws {
        try Checkpoint(tensors: [("a", Tensor([1] as [UInt8])), ("b", Tensor([1, 2] as [Float]))]).write(
            to: url)
        let bytes = try Data(contentsOf: url)
        #expect(bytes[0] % 8 == 0)
        #expect(bytes.suffix(9) == Data([0, 0, 128, 63, 0, 0, 0, 64, 1]))
    }

    @Test func otherTypesAreConvertedWhereTheirValuesFit() throws {
        let checkpoint = try read(
            header: """
                {"f16":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},
                 "f64":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},
                 "i64":{"dtype":"I64","shape":[],"data_offsets":[24,32]},
                 "bool":{"dtype":"BOOL","shape":[2],"data_offsets":[32,34]},
                 "i16":{"dtype":"I16","shape":[1],"data_offsets":[34,36]},
                 "i8":{"dtype":"I8","shape":[1],"data_offsets":[36,37]},
                 "u16":{"dtype":"U16","shape":[1],"data_offsets":[37,39]}}
                """,
            data: [0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC, 0xFF, 0x7B]
                + [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F]
                + [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0xFF, 0xFF, 0x80, 0xFF, 0xFF])
        #expect(checkpoint["f16"]!.floats == [1, 0x1p-24, -.infinity, 65504])
        #expect(checkpoint["f64"]!.floats == [1.5, .infinity])
        #expect(checkpoint["i64"]!.scalars(Int32.self) == [-2])
        #expect(checkpoint["bool"]!.scalars(UInt8.self) == [1, 0])
        #expect(checkpoint["i16"]!.scalars(Int32.self) == [-1])
        #expect(checkpoint["i8"]!.scalars(Int32.self) == [-128])
        #expect(checkpoint["u16"]!.scalars(Int32.self) == [65535])
    }

    @Test(
        arguments: [
            ("I64", [0, 0, 0, 0, 1, 0, 0, 0], "the I64 value 4294967296 at element 0"),
            ("U32", [0xFF, 0xFF, 0xFF, 0xFF], "the U32 value 4294967295 at element 0"),
            ("F64", [0, 0, 0, 0, 0, 0, 0xE0, 0x7F], "the F64 value 8.98846567431158e+307 at element 0"),
        ] as [(String, [UInt8], String)])
    func valuesThatDoNotFitAreNamed(type: String, bytes: [UInt8], found: String) throws {
        let header = "{\"n\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,\(bytes.count)]}}"
        let checkpoint = try read(header: header, data: bytes)
        #expect(checkpoint["n"] == nil)
        #expect(checkpoint.tensors.isEmpty && checkpoint.unreadable.map(\.name) == ["n"])
        let error = try #require(throws: CheckpointError.self) { try checkpoint.tensor(named: "n") }
        guard case .tensor(_, "n", found, _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func metadataThatAreNullAreNone() throws {
        let checkpoint = try read(
            header: "{\"__metadata__\": null,\"w\":\(Self.entry("F32", "[1]", "[0,4]"))}",
            data: [0, 0, 128, 63])
        #expect(checkpoint.metadata.isEmpty)
        #expect(checkpoint["w"]!.floats == [1])
    }

    private static func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
        "{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    /// Headers over eight bytes of data, and what the message must name.
    @Test(arguments: [
        ("", "expected {"), ("x", "{"), ("{", "the end of the header"),
        ("{}", "8 bytes that belong to no tensor"), ("{} x", "the end"),
        ("{\"a\":1}", "a string, an array"), ("{\"a\":\"F32\"}", "an object"), ("{\"a\":{}}", "no dtype"),
        ("{\"a\":\(entry("F32", "[2]", "[0,8]")),}", "\""), ("{\"a\":\(entry("F32", "[2]", "[0,8]"))", "}"),
        ("{\"a\":\(entry("F31", "[2]", "[0,8]"))}", "the dtype F31"),
        ("{\"a\":null}", "an object"), ("{\"__metadata__\":{\"k\":null}}", "__metadata__.k"),
        ("{\"a\":\(entry("F8_E4M3", "[2]", "[0,8]"))}", "2 for the shape [2] of F8_E4M3"),
        ("{\"a\":\(entry("F4", "[3]", "[0,8]"))}", "whole bytes"),
        ("{\"a\":\(entry("F32", "[3]", "[0,8]"))}", "12 for the shape [3]"),
        ("{\"a\":\(entry("F32", "[-2]", "[0,8]"))}", "an integer from 0"),
        ("{\"a\":\(entry("F32", "[2.0]", "[0,8]"))}", "]"),
        ("{\"a\":\(entry("F32", "[02]", "[0,8]"))}", "an integer"),
        ("{\"a\":\(entry("F32", "\"2\"", "[0,8]"))}", "as shape"),
        (
            "{\"a\":\(entry("F32", "[9223372036854775808]", "[0,8]"))}",
            "an integer from 0 to 9223372036854775807"
        ),
        ("{\"a\":\(entry("F32", "[4611686018427387904,4]", "[0,8]"))}", "63 bits"),
        ("{\"a\":\(entry("F32", "[0,4611686018427387904,4]", "[0,8]"))}", "63 bits"),
        ("{\"a\":\(entry("F32", "[4]", "[0,16]"))}", "the 8 bytes of data"),
        ("{\"a\":\(entry("F32", "[2]", "[8,0]"))}", "ascending"),
        ("{\"a\":\(entry("F32", "[2]", "[0,4,8]"))}", "two"),
        ("{\"a\":\(entry("F32", "[1]", "[4,8]"))}", "where the tensor before ends"),
        ("{\"a\":\(entry("F32", "[1]", "[0,4]"))}", "belong to no tensor"),
        (
            "{\"a\":\(entry("F32", "[2]", "[0,8]")),\"b\":\(entry("F32", "[1]", "[4,8]"))}",
            "where the tensor before ends"
        ),
        ("{\"a\":\(entry("F32", "[1]", "[0,4]")),\"a\":\(entry("F32", "[1]", "[4,8]"))}", "a second time"),
        (
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "a second time"
        ),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":[]}}", "more"),
        ("{\"__metadata__\":[],\"a\":\(entry("F32", "[2]", "[0,8]"))}", "an object of strings"),
        ("{\"__metadata__\":{\"k\":[1]},\"a\":\(entry("F32", "[2]", "[0,8]"))}", "__metadata__.k"),
        ("{\"\\ud800\":\(entry("F32", "[2]", "[0,8]"))}", "surrogate"),
        ("{\"\\x\":1}", "an escaped character"),
        ("{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "a string, an array"),
    ])
    func aWrongHeaderIsAnErrorThatSaysWhatIsWrong(header: String, mention: String) throws {
        let error = try #require(throws: CheckpointError.self) {
            try read(header: header, data: [UInt8](repeating: 0, count: 8))
        }
        #expect("\(error)".contains(mention), "\(error)")
        #expect("\(error)".contains(url.path))
    }

    @Test(arguments: [0, 7] as [Int])
    func aFileTooShortForAHeaderIsAnError(count: Int) throws {
        try Data(count: count).write(to: url)
        #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
    }

    @Test(arguments: [3, 100_000_001, 1 << 62, UInt64.max])
    func aHeaderLongerThanTheFileIsAnError(length: UInt64) throws {
        try write(header: "{}", length: length)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect("\(error)".contains("a header length of \(length)"))
    }

    /// Cut anywhere, a file is an error, never a crash or a shorter model.
    @Test func aTruncatedFileIsAnError() throws {
        try Checkpoint(tensors: [("a", Tensor([1, 2, 3] as [Float])), ("b", Tensor([1] as [UInt8]))]).write(
            to: url)
        let whole = try Data(contentsOf: url)
        for count in 0..<whole.count {
            try whole.prefix(count).write(to: url)
            #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        }
    }

    @Test func whatIsNoFileIsAnErrorWithTheSystemsReason() throws {
        let missing = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect("\(missing)" == "cannot read \(url.path): no such file or directory")
        let directory = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: folder.url) }
        #expect("\(directory)".contains("not a regular file"))
    }
}
