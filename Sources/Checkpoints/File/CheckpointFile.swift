// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// A file of any format without conversions: arrays keep the types that they have in the file. For tools;
/// models use a `Checkpoint`.
package struct CheckpointFile: Sendable {
    package let url: URL
    package let format: CheckpointFormat
    package let byteCount: Int
    package let arrays: [(name: String, tensor: StoredArray)]
    /// Entries that are not supported.
    package let unsupported: [UnsupportedEntry]
    package let metadata: [String: String]
    /// The file's nested values, for formats that nest.
    let tree: CheckpointTree<StoredArray>?
    /// The metadata that is not part of the tree.
    private let texts: [String: String]

    package init(contentsOf url: URL) throws(CheckpointError) {
        let bytes = try MappedMemory.checkpoint(url).slice
        let part = FilePart(url: url)
        var tree: CheckpointTree<StoredArray>?
        var texts: [String: String] = [:]
        switch try CheckpointFormat.contents(of: bytes, part) {
        case .safetensors:
            format = .safetensors
            (arrays, unsupported, metadata) = try SafeTensors.read(bytes, url)
        case .npy:
            format = .npy
            let name = url.deletingPathExtension().lastPathComponent
            arrays = [(name, try NumPyArray.read(bytes, part))]
            (unsupported, metadata) = ([], [:])
        case .legacyPyTorch:
            format = .legacyPyTorch
            tree = try LegacyTorchFile(bytes, part).tree()
            (arrays, unsupported, metadata) = try Self.flattened(tree!, [:], part)
        case .zip:
            let archive = try ZIPArchive(bytes, part)
            if let folder = TorchArchive.folder(of: archive) {
                format = .pyTorch
                let torch = try TorchArchive(archive, folder: folder)
                tree = try torch.tree()
                texts = try torch.metadata()
                (arrays, unsupported, metadata) = try Self.flattened(tree!, texts, part)
            } else if NumPyArchive.isOne(archive) {
                format = .npz
                (arrays, unsupported) = try NumPyArchive.read(archive)
                metadata = try NumPyArchive.metadata(of: archive)
            } else {
                let names = archive.entries.prefix(3).map(\.name).joined(separator: ", ")
                throw part.invalid(
                    "it is a ZIP archive of neither PyTorch (no data.pkl) nor NumPy (no .npy): it holds \(names.prefix(200))"
                )
            }
        }
        self.url = url
        self.tree = tree
        self.texts = texts
        byteCount = bytes.count
    }

    private static func flattened(
        _ tree: CheckpointTree<StoredArray>, _ texts: [String: String], _ part: FilePart
    ) throws(CheckpointError) -> (
        arrays: [(name: String, tensor: StoredArray)], [UnsupportedEntry], metadata: [String: String]
    ) {
        let found = tree.flattened
        var names: Set<String> = []
        for name in found.tensors.map(\.name) + found.unsupported.map(\.name)
        where !names.insert(name).inserted {
            throw part.invalid("two of its tensors have the path \(name.prefix(200))")
        }
        // VGGKit's own metadata takes precedence over values with the same name.
        return (
            found.tensors, found.unsupported,
            Dictionary(found.values.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 }).merging(texts) {
                $1
            }
        )
    }

    /// Writes the file in a format; nested values stay nested where the format has them.
    /// - Throws: as `write(_:metadata:to:as:)`; `CheckpointError.unsupported` where something would be lost
    package func write(to url: URL, as format: CheckpointFormat) throws {
        if let entry = unsupported.first {
            throw CheckpointError.unsupported(self.url, name: entry.name, reason: entry.reason)
        }
        if let tree, format == .pyTorch { return try TorchWriter.write(tree, metadata: texts, to: url) }
        try Self.write(arrays, metadata: metadata, to: url, as: format)
    }

    /// Writes arrays as they are.
    /// - Throws: `CheckpointError` if the format cannot hold them; `FileError`
    package static func write(
        _ arrays: [(name: String, tensor: StoredArray)], metadata: [String: String], to url: URL,
        as format: CheckpointFormat, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        var names: Set<String> = []
        for (name, _) in arrays {
            check(
                names.insert(name).inserted,
                "Checkpoint: the name \(name) is taken; each tensor needs its own", file: file, line: line)
        }
        switch format {
        case .safetensors:
            guard !names.contains(SafeTensorsHeader.metadataKey) else {
                throw CheckpointError.unwritable(
                    url,
                    "safetensors keeps its metadata under \(SafeTensorsHeader.metadataKey), which is a tensor here; rename that"
                )
            }
            try SafeTensors.write(arrays, metadata: metadata, to: url)
        case .pyTorch:
            let members = arrays.map { (CheckpointKey.name($0.name), CheckpointTree.tensor($0.tensor)) }
            try TorchWriter.write(.dictionary(members), metadata: metadata, to: url)
        case .npz: try NumPyArchive.write(arrays, metadata: metadata, to: url)
        case .npy:
            guard arrays.count == 1 else {
                throw CheckpointError.unwritable(
                    url, "a .npy file holds one array, there are \(arrays.count); write .npz")
            }
            let array = NumPyArray.representable(arrays[0].tensor)
            try writeAtomically(to: url) { (file) throws(FileError) in
                try file.write(NumPyArray.header(array))
                try array.forEachPiece { (piece) throws(FileError) in try file.write(piece) }
            }
        case .legacyPyTorch:
            throw CheckpointError.unwritable(
                url,
                "the format of PyTorch before 1.6 is read only; write \(CheckpointFormat.pyTorch.rawValue)")
        }
    }
}
