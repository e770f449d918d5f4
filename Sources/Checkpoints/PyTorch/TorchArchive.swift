// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The format of `torch.save` since PyTorch 1.6: a ZIP archive with a pickle, `data.pkl`, and the storages in
/// `data/`. https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/inline_container.h
struct TorchArchive {
    /// What all entries' names begin with.
    static func folder(of archive: ZIPArchive) -> Substring? {
        archive.entries.first { $0.name.hasSuffix("/data.pkl") }?.name.dropLast("data.pkl".count)
    }

    private static let longestPickle = 64 << 20
    private static let versions = 1...10

    private let archive: ZIPArchive
    private let folder: Substring

    init(_ archive: ZIPArchive, folder: Substring) throws(CheckpointError) {
        self.archive = archive
        self.folder = folder
        if archive["\(folder)constants.pkl"] != nil {
            throw archive.part.invalid(
                "it is a TorchScript archive, a program; save the model's state_dict() with torch.save")
        }
        if let text = try text("version"), !(Int(text).map(Self.versions.contains) ?? false) {
            throw archive.part.invalid(
                "its format has version \(text.prefix(20)), expected one of \(Self.versions)")
        }
    }

    func tree() throws(CheckpointError) -> CheckpointTree<StoredArray> {
        let name = folder + "data.pkl"
        guard let entry = archive[String(name)] else {
            throw archive.part.invalid("it has no entry \(name)")
        }
        guard entry.byteCount <= Self.longestPickle else {
            throw archive.part.invalid(
                "\(name) has \(entry.byteCount) bytes, expected at most \(Self.longestPickle)")
        }
        let isBigEndian = try isBigEndian()
        let part = FilePart(url: archive.part.url, entry: String(name))
        let pickle = try archive.contents(of: entry, verifying: true)
        var machine = PickleMachine(pickle, part)
        let result = try machine.run()
        guard machine.cursor.remaining == 0 else {
            throw part.malformed(
                machine.cursor.offset, found: "\(machine.cursor.remaining) more bytes",
                expected: "the end of the pickle")
        }
        let blocks = try blocks(of: machine.storages, isBigEndian: isBigEndian)
        let fileSize = archive.entries.reduce(pickle.count) { $0 + $1.byteCount }
        var tree = PickleTree(machine, blocks, pickleSize: pickle.count, fileSize: fileSize, part)
        return try tree.tree(result)
    }

    /// PyTorch skips them.
    func metadata() throws(CheckpointError) -> [String: String] {
        try archive.metadata(at: "\(folder)\(ArchiveMetadata.entry)")
    }

    private func blocks(
        of storages: [PickledStorage], isBigEndian: Bool
    ) throws(CheckpointError) -> [StoredBlock] {
        var contents: [String: ByteSlice] = [:]
        var blocks: [StoredBlock] = []
        for storage in storages {
            let isFirst = contents[storage.key] == nil
            if isFirst {
                let name = "\(folder)data/\(storage.key)"
                guard let entry = archive[name] else {
                    throw archive.part.invalid(
                        "it has no entry \(name.prefix(200)), where elements of tensors should be")
                }
                // The directory only claims the size of a deflated entry. The pickle must agree.
                guard !entry.isDeflated || entry.byteCount == storage.wholeByteCount else {
                    throw archive.part.invalid(
                        "\(name.prefix(200)) would inflate to \(entry.byteCount) bytes, expected \(storage.wholeByteCount)"
                    )
                }
                contents[storage.key] = try archive.contents(of: entry, verifying: false)
            }
            let bytes = contents[storage.key]!
            guard storage.wholeByteCount <= bytes.count else {
                throw archive.part.invalid(
                    "\(folder)data/\(storage.key) has \(bytes.count) bytes, expected \(storage.wholeByteCount) for "
                        + "\(storage.wholeCount) elements of \(storage.type?.rawValue ?? "bytes")")
            }
            blocks.append(
                StoredBlock(
                    bytes[storage.byteRange], storage.type ?? .uint8, isBigEndian: isBigEndian,
                    isShared: !isFirst))
        }
        return blocks
    }

    private func isBigEndian() throws(CheckpointError) -> Bool {
        switch try text("byteorder") {
        case nil, "little": return false
        case "big": return true
        case let other?:
            throw archive.part.invalid("its byte order is \"\(other.prefix(20))\", expected little or big")
        }
    }

    private func text(_ name: String) throws(CheckpointError) -> String? {
        try archive.text(at: "\(folder)\(name)", atMost: Self.longestPickle)?.trimmingCharacters(
            in: .whitespacesAndNewlines)
    }
}
