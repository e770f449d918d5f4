// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The file formats that checkpoints come in.
public enum CheckpointFormat: String, Sendable, CaseIterable, Codable {
    /// Hugging Face's: `.safetensors`
    case safetensors
    /// What `torch.save` writes since PyTorch 1.6, a ZIP archive: `.pth`, `.pt`
    case pyTorch = "pytorch"
    /// What `torch.save` wrote before. It is read only.
    case legacyPyTorch = "pytorch-legacy"
    /// One array: `.npy`
    case npy
    /// A ZIP archive of `.npy` files: `.npz`
    case npz

    /// The format of a file's extension.
    public init?(pathExtension: String) {
        switch pathExtension.lowercased() {
        case "safetensors": self = .safetensors
        case "pth", "pt": self = .pyTorch
        case "npy": self = .npy
        case "npz": self = .npz
        default: return nil
        }
    }

    /// A file's first bytes decide its format, not its name.
    enum Contents {
        case zip, legacyPyTorch, npy, safetensors
    }

    /// - Throws: `CheckpointError` for formats that are recognised, but not supported.
    static func contents(of bytes: ByteSlice, _ part: FilePart) throws(CheckpointError) -> Contents {
        if bytes.starts(with: "PK\u{3}\u{4}".utf8) || bytes.starts(with: "PK\u{5}\u{6}".utf8) { return .zip }
        if bytes.starts(with: LegacyTorchFile.magic) { return .legacyPyTorch }
        if bytes.starts(with: NumPyArray.magic) { return .npy }
        if SafeTensors.isBeginning(of: bytes) { return .safetensors }
        for (beginning, name) in unread where bytes.starts(with: beginning) {
            throw part.invalid(
                "it is \(name), which is not read; save it again with torch.save or as safetensors")
        }
        let tarMark = 257..<262
        if bytes.count >= tarMark.upperBound, bytes[tarMark].starts(with: "ustar".utf8) {
            throw part.invalid(
                "it is a tar archive, which PyTorch wrote before 0.1.10; load and save it again with a newer one"
            )
        }
        if let kind = NotACheckpoint.kind(of: bytes) { throw part.invalid(kind) }
        return .safetensors
    }

    private static let unread: [(beginning: [UInt8], name: String)] = [
        ([0x89] + Array("HDF\r\n".utf8), "an HDF5 file"),
        ([0x1F, 0x8B], "compressed with gzip"),
        ([0x80, 0x02], "a pickle without tensors of PyTorch"),
        ([0x80, 0x03], "a pickle without tensors of PyTorch"),
        ([0x80, 0x04], "a pickle without tensors of PyTorch"),
        ([0x80, 0x05], "a pickle without tensors of PyTorch"),
        (Array("GGUF".utf8), "a GGUF file"),
    ]
}
