// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// `numpy.savez`'s format: a ZIP archive with a `.npy` file for each array.
enum NumPyArchive {
    static func isOne(_ archive: ZIPArchive) -> Bool {
        archive.entries.contains { $0.name.hasSuffix(".npy") }
    }

    static func read(
        _ archive: ZIPArchive
    ) throws(CheckpointError) -> (arrays: [(name: String, tensor: StoredArray)], [UnsupportedEntry]) {
        var arrays: [(name: String, tensor: StoredArray)] = []
        var unsupported: [UnsupportedEntry] = []
        for entry in archive.entries where entry.name != ArchiveMetadata.entry {
            guard entry.name.hasSuffix(".npy") else {
                unsupported.append(.init(name: entry.name, reason: "it is no .npy array"))
                continue
            }
            let name = String(entry.name.dropLast(4))
            do throws(CheckpointError) {
                arrays.append((name, try read(entry, of: archive)))
            } catch {
                guard case .unsupported(_, _, let reason) = error else { throw error }
                unsupported.append(.init(name: name, reason: reason))
            }
        }
        return (arrays, unsupported)
    }

    /// Reads an array. Before a packed one is inflated its header must agree with the size that the directory
    /// claims.
    private static func read(
        _ entry: ZIPArchive.Entry, of archive: ZIPArchive
    ) throws(CheckpointError) -> StoredArray {
        let part = FilePart(url: archive.part.url, entry: entry.name)
        if entry.isDeflated {
            let beginning = try archive.beginning(of: entry, count: longestHeader)
            let (header, start) = try NumPyArray.header(beginning, part)
            guard let type = header.type else {
                throw .unsupported(part.url, name: entry.name, reason: header.reason)
            }
            let byteCount = try NumPyArray.byteCount(header, type, part)
            guard byteCount == entry.byteCount - start else {
                throw part.malformed(
                    start, found: "\(entry.byteCount - start) bytes of elements",
                    expected: "\(byteCount) for the shape \(header.shape)")
            }
        }
        return try NumPyArray.read(try archive.contents(of: entry, verifying: false), part)
    }

    /// A version 1 header with what comes before it.
    private static let longestHeader = 1 << 16 + 10

    /// The metadata is in the archive's comment, because NumPy lists every entry as an array. Older files
    /// have an entry for it.
    static func metadata(of archive: ZIPArchive) throws(CheckpointError) -> [String: String] {
        guard archive.comment.starts(with: commentMark) else {
            return try archive.metadata(at: ArchiveMetadata.entry)
        }
        guard let text = archive.comment[commentMark.count..<archive.comment.count].text else {
            throw archive.part.invalid("its comment is no text")
        }
        return try ArchiveMetadata.read(text, "comment", archive.part)
    }

    private static let commentMark = Array("vggkit ".utf8)

    static func write(
        _ arrays: [(name: String, tensor: StoredArray)], metadata: [String: String], to url: URL
    ) throws {
        for (name, _) in arrays where !ZIPWriter.isPlain("\(name).npy") {
            throw CheckpointError.unwritable(
                url, "\"\(name.prefix(80))\" is no name for an entry of a ZIP archive")
        }
        let comment = metadata.isEmpty ? [] : commentMark + Array(try JSON.text(metadata).utf8)
        guard comment.count <= ZIPWriter.longestComment else {
            throw CheckpointError.unwritable(
                url,
                "its metadata take \(comment.count) bytes, of which a .npz file holds \(ZIPWriter.longestComment); write .safetensors, or drop the metadata"
            )
        }
        try writeAtomically(to: url) { (file) throws(FileError) in
            var writer = ZIPWriter()
            for (name, array) in arrays {
                let array = NumPyArray.representable(array)
                let header = ByteSlice.copying(NumPyArray.header(array))
                try writer.add("\(name).npy", byteCount: header.count + array.byteCount, to: file) {
                    (body) throws(FileError) in
                    try body(header)
                    try array.forEachPiece(body)
                }
            }
            try writer.finish(comment: comment, to: file)
        }
    }
}
