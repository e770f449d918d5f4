// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files of which something is of a kind that is not read: what lies beside it is, and it has an error of its
/// own.
@Suite struct UnsupportedEntryTests {
    private let folder = TemporaryFolder()
    private static let weight: [Float] = [0, 1, 2, 3, 4, 5]

    @Test(
        arguments: [
            (
                "beside.pth",
                [
                    "sparse": "a sparse tensor", "compressed": "a sparse tensor", "complex": "complex128",
                    "eighth": "float8_e5m2", "quantized": "a quantized tensor", "meta": "the meta device",
                    "parameter": "complex64",
                ]
            ),
            ("beside-legacy.pth", ["complex": "complex64"]),
            ("beside.safetensors", ["eighth": "F8_E4M3", "z": "C64"]),
            (
                "beside.npz",
                [
                    "classes": "texts (dtype <U3)", "bytes": "texts (dtype |S1)", "z": "dtype <c8",
                    "records": "records of several fields", "days": "dtype <M8[D]",
                ]
            ),
            ("large.pth", ["best": "the F64 value 1e+300 at element 0", "step": "1099511627776"]),
        ] as [(String, [String: String])])
    func whatLiesBesideItIsRead(file: String, reasons: [String: String]) throws {
        let checkpoint = try Checkpoint(contentsOf: CheckpointFixture.url(file))
        if file != "beside-legacy.pth" { #expect(checkpoint["w"]!.floats == Self.weight) }
        if checkpoint["last"]?.scalarType == .float32 { #expect(checkpoint["last"]!.floats.first != nil) }
        #expect(Set(checkpoint.unreadable.map(\.name)) == Set(reasons.keys))
        for (name, reason) in reasons {
            #expect(checkpoint[name] == nil)
            let error = try #require(throws: CheckpointError.self) { try checkpoint.tensor(named: name) }
            #expect("\(error)".contains(reason), "\(error)")
            #expect("\(error)".contains(name) && !"\(error)".contains("damaged"), "\(error)")
        }
        #expect(try checkpoint.tensor(named: "nothing") == nil)
        // Nothing is lost in silence.
        let copy = folder.url.appending(path: "copy.safetensors")
        let lost = try #require(throws: CheckpointError.self) { try checkpoint.write(to: copy) }
        #expect("\(lost)".contains("would be lost"), "\(lost)")
        var kept = checkpoint
        for name in reasons.keys { kept = kept.dropping(name) }
        try kept.write(to: copy)
        #expect(try Checkpoint(contentsOf: copy).tensors.count == checkpoint.tensors.count)
    }

    @Test func packedArraysToo() throws {
        let stored = try CheckpointFile(contentsOf: CheckpointFixture.url("beside.npz"))
        let packed = try CheckpointFile(contentsOf: CheckpointFixture.url("beside-compressed.npz"))
        #expect(packed.unsupported == stored.unsupported)
    }

    /// One array that is not read is all that there is.
    @Test func anArrayOfRecordsIsNotDamaged() throws {
        let error = try #require(throws: CheckpointError.self) {
            try Checkpoint(contentsOf: CheckpointFixture.url("records.npy"))
        }
        #expect(
            "\(error)".contains("not supported: its elements are records of several fields, [('a', '<i4')"))
        #expect(!"\(error)".contains("damaged"))
    }

    @Test(arguments: ["|O", "<f16", "|V4", "<m8[ns]", "[('a', [('b', '<f4')]), ('c]', '<i4', (2,))]"])
    func otherTypesOfNumPyAreNotDamaged(type: String) throws {
        let url = folder.url.appending(path: "array.npy")
        try Data(NumPy.header(type, "(1,)") + [0, 0, 0, 0]).write(to: url)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect("\(error)".contains("not supported"), "\(error)")
    }

    @Test(arguments: ["<f3", "zz", "", "[('a', '<f4')", "{"]) func whatIsNoTypeIsDamage(type: String) throws {
        let url = folder.url.appending(path: "array.npy")
        try Data(NumPy.header(type, "(1,)") + [0, 0, 0, 0]).write(to: url)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: url) }
        #expect(!"\(error)".contains("not supported"), "\(error)")
    }

    @Test func aTreeKeepsItsPlaceAndIsNotWritten() throws {
        let value = try CheckpointValue(contentsOf: CheckpointFixture.url("beside.pth"))
        guard case .unsupported("it is a sparse tensor")? = value["sparse"] else {
            Issue.record("\(String(describing: value["sparse"]))")
            return
        }
        #expect(value["last"]?.tensor?.floats == [1, 1])
        let error = try #require(throws: CheckpointError.self) {
            try value.write(to: folder.url.appending(path: "copy.pth"))
        }
        #expect("\(error)".contains("sparse would be lost"))
        guard case .unsupported? = try CheckpointValue(contentsOf: CheckpointFixture.url("large.pth"))["step"]
        else {
            Issue.record("a number that does not fit")
            return
        }
    }
}
