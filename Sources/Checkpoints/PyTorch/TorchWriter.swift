// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Writes the ZIP format of PyTorch 1.6 and newer, which `torch.load(path, weights_only=True)` reads.
package enum TorchWriter {
    /// - Parameter metadata: texts for VGGKit, which PyTorch skips.
    package static func write(
        _ tree: CheckpointTree<StoredArray>, metadata: [String: String] = [:], to url: URL,
        wideFrom: UInt64 = UInt64(UInt32.max)
    ) throws {
        if let entry = tree.flattened.unsupported.first {
            throw CheckpointError.unwritable(
                url, "\(entry.name) would be lost, which could not be read: \(entry.reason)")
        }
        let pickle = PickleWriter(tree)
        let texts = metadata.isEmpty ? nil : try JSON.text(metadata)
        try writeAtomically(to: url) { (file) throws(FileError) in
            var writer = ZIPWriter(wideFrom: wideFrom)
            try writer.add("archive/data.pkl", pickle.bytes, to: file)
            try writer.add("archive/byteorder", Array("little".utf8), to: file)
            for (index, array) in pickle.arrays.enumerated() {
                try writer.add("archive/data/\(index)", byteCount: array.byteCount, to: file) {
                    (body) throws(FileError) in try array.forEachPiece(body)
                }
            }
            try writer.add("archive/version", Array("3\n".utf8), to: file)
            if let texts {
                try writer.add("archive/" + ArchiveMetadata.entry, Array(texts.utf8), to: file)
            }
            try writer.finish(to: file)
        }
    }
}
