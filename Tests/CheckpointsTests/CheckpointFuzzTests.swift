// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files of every format, cut off and broken in every way: what comes of them is an error that names the
/// file, or a checkpoint no larger than it may be. By hand, for long: `VGGKIT_FUZZ_MUTATIONS=100000 swift
/// test -c release --filter CheckpointFuzz`
@Suite struct CheckpointFuzzTests {
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "broken") }

    private static let mutations = Mutation.count(unlessTold: 100)
    private static let pieces: [[UInt8]] =
        Mutation.limits + ["h\u{1}", "(", "R", "]", "2", "t", "cos\nsystem\n"].map { Array($0.utf8) }
        + [[0x85], [0x94]] + ["PK\u{1}\u{2}", "PK\u{5}\u{6}"].map { Array($0.utf8) }
    /// The smallest file of each kind: each of their ends is tried in every run of the tests.
    private static let smallest = [
        "numpy-scalars.pth", "views-legacy.pth", "deflated.pth", "types.safetensors", "array-f4.npy",
        "arrays-compressed.npz",
    ]

    /// One small file of each format and layout.
    static let files = [
        "nested.pth", "nested-legacy.pth", "views.pth", "views-legacy.pth", "protocol4.pth", "protocol1.pth",
        "numpy-scalars.pth", "deflated.pth", "zip64.pth", "types.safetensors", "array-f4.npy",
        "array-fortran.npy",
        "arrays.npz", "arrays-compressed.npz", "plain-values.pth", "negated.pth", "beside.pth",
        "beside-legacy.pth", "beside.safetensors", "beside.npz", "beside-compressed.npz",
    ]

    /// - Returns: whether the bytes are a checkpoint.
    @discardableResult
    private func read(_ bytes: [UInt8]) throws -> Bool {
        try Data(bytes).write(to: url)
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(contentsOf: url)
            let size = checkpoint.tensors.reduce(0) { $0 + $1.tensor.byteCount }
            #expect(size <= 256 * bytes.count + 4 << 20)
            return true
        } catch {
            #expect(error.description.contains(url.path))
            return false
        }
    }

    @Test(arguments: mutations > 1000 ? files : smallest) func everyTruncatedFileIsAnError(file: String)
        throws
    {
        let whole = [UInt8](try Data(contentsOf: CheckpointFixture.url(file)))
        #expect(try read(whole))
        for count in (0..<whole.count).reversed() {
            truncate(url.path, count)
            #expect(throws: CheckpointError.self, "\(count) bytes") { try Checkpoint(contentsOf: url) }
        }
    }

    @Test(arguments: files) func mutatedFilesAreErrorsOrCheckpoints(file: String) throws {
        let whole = [UInt8](try Data(contentsOf: CheckpointFixture.url(file)))
        var generator = RandomGenerator(seed: file.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        for _ in 0..<Self.mutations {
            try read(Mutation.mutated(whole, pieces: Self.pieces, using: &generator))
        }
    }

    /// A pickle in an archive has a checksum, which is made to fit: else it alone would be found wrong.
    @Test(arguments: [
        "nested.pth", "views.pth", "protocol1.pth", "protocol5.pth", "numpy-scalars.pth", "plain-values.pth",
        "beside.pth", "negated.pth",
    ])
    func mutatedPicklesAreErrorsOrCheckpoints(file: String) throws {
        let pickle = try Self.pickle(of: CheckpointFixture.url(file))
        var generator = RandomGenerator(seed: 9)
        var accepted = 0
        for _ in 0..<Self.mutations {
            let broken = Mutation.mutated(pickle, pieces: Self.pieces, using: &generator)
            if try read(PickleBuilder.archive(broken)) { accepted += 1 }
        }
        #expect(accepted < Self.mutations)
    }

    /// The first entry of an archive, which is stored.
    static func pickle(of url: URL) throws -> [UInt8] {
        let bytes = [UInt8](try Data(contentsOf: url))
        func number(_ place: Int, _ width: Int) -> Int {
            (0..<width).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
        }
        let directory = bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }!
        let start = 30 + number(26, 2) + number(28, 2)
        return Array(bytes[start..<start + number(directory + 20, 4)])
    }
}
