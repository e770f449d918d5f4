// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// `numpy.savez`'s format: a ZIP archive with a `.npy` file for each array.
enum NumPyArchive {
    static func isOne(_ archive: ZIPArchive) -> Bool {
        archive.entries.contains { $0.name.hasSuffix(".npy") }
            && archive.entries.allSatisfy {
                $0.name.hasSuffix(".npy") || $0.name == TorchArchive.metadataEntry
            }
    }

    static func read(_ archive: ZIPArchive) throws(CheckpointError) -> [(name: String, tensor: StoredArray)] {
        var arrays: [(name: String, tensor: StoredArray)] = []
        for entry in archive.entries where entry.name.hasSuffix(".npy") {
            let part = FilePart(url: archive.part.url, entry: entry.name)
            let contents = try archive.contents(of: entry, verifying: false)
            arrays.append((String(entry.name.dropLast(4)), try NumPyArray.read(contents, part)))
        }
        return arrays
    }

    static func write(
        _ arrays: [(name: String, tensor: StoredArray)], metadata: [String: String], to url: URL
    ) throws {
        for (name, _) in arrays where !ZIPWriter.isPlain("\(name).npy") {
            throw CheckpointError.unwritable(
                url, "\"\(name.prefix(80))\" is no name for an entry of a ZIP archive")
        }
        let texts = metadata.isEmpty ? nil : try JSON.text(metadata)
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
            if let texts { try writer.add(TorchArchive.metadataEntry, Array(texts.utf8), to: file) }
            try writer.finish(to: file)
        }
    }
}
