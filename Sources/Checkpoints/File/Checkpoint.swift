// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Named tensors and metadata, from a file of any supported format or for writing one.
///
/// ```swift
/// try model.load(Checkpoint(contentsOf: URL(filePath: "vgg16-397923af.pth")))
/// try Checkpoint(tensors: model.stateDictionary).write(to: URL(filePath: "best_model.pth"))
/// ```
/// See Docs/Checkpoints.md for the formats.
public struct Checkpoint: Sendable {
    /// The tensors in the order of the file. Tensors in nested dictionaries have their path as name:
    /// `state_dict.features.0.weight`.
    public var tensors: [(name: String, tensor: Tensor)]
    /// The file's metadata texts; in a `.pth` file also its plain values, such as `epoch`.
    public var metadata: [String: String]
    /// Entries that tensors cannot hold, with the reason: other types such as `float8`, sparse tensors,
    /// texts, and numbers that do not fit. Only asking for one of them throws; all other tensors can be used.
    public internal(set) var unreadable: [(name: String, error: CheckpointError)] = []

    /// A checkpoint in memory, for writing to a file.
    /// - Parameters:
    ///   - tensors: with a name each, in the order of the file; `write` traps on a name that occurs twice
    ///   - metadata: texts that are stored next to the tensors
    public init(tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Reads a file. The format is recognised by the contents, not by the name.
    ///
    /// Tensors are views of the mapped file until they are written to, where the file has their type:
    /// `float32`, `bfloat16`, `int32`, `uint8`, and Booleans as `uint8`. Half precision becomes `float32`,
    /// double precision is rounded to `float32`, other integers become `int32`; a tensor with a value that
    /// does not fit is `unreadable`.
    /// - Throws: `CheckpointError`
    public init(contentsOf url: URL) throws(CheckpointError) {
        try self.init(CheckpointFile(contentsOf: url))
    }

    package init(_ file: CheckpointFile) throws(CheckpointError) {
        let part = FilePart(url: file.url)
        tensors = []
        for (name, array) in file.arrays {
            do throws(CheckpointError) {
                tensors.append((name, try array.tensor(name, in: part)))
            } catch {
                guard case .tensor = error else { throw error }
                unreadable.append((name, error))
            }
        }
        for entry in file.unsupported {
            unreadable.append(
                (entry.name, .unsupported(file.url, name: entry.name, reason: entry.reason)))
        }
        metadata = file.metadata
    }

    /// The tensors of a nested dictionary. Its `.unsupported` values become `unreadable`.
    package init(_ members: [(key: CheckpointKey, value: CheckpointValue)], in url: URL) {
        self.init(
            tensors: members.compactMap { key, value in value.tensor.map { (key.description, $0) } })
        unreadable = members.compactMap { key, value in
            guard case .unsupported(let reason) = value else { return nil }
            return (key.description, .unsupported(url, name: key.description, reason: reason))
        }
    }

    /// Writes a file in the format of its extension. Equal contents give equal bytes, whatever the tensors'
    /// memory order. An existing file is replaced when the new one is complete.
    /// - Throws: `CheckpointError.unwritable` for an unknown extension, for contents that the format cannot
    ///   hold, and for `unreadable` entries (remove them by `dropping`); `FileError`, which leaves the old
    ///   file unchanged.
    public func write(to url: URL, file: StaticString = #fileID, line: UInt = #line) throws {
        guard let format = CheckpointFormat(pathExtension: url.pathExtension) else {
            throw CheckpointError.unwritable(
                url,
                "\"\(url.pathExtension)\" stands for no format; use .safetensors, .pth, .pt, .npz or .npy")
        }
        try write(to: url, as: format, file: file, line: line)
    }

    /// Writes a file in a format, whatever its name.
    /// - Throws: as `write(to:)`
    public func write(
        to url: URL, as format: CheckpointFormat, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        if let (name, error) = unreadable.first {
            throw CheckpointError.unwritable(
                url, "\(name) would be lost, which could not be read (\(error)); remove it with dropping")
        }
        try CheckpointFile.write(
            tensors.map { ($0.name, StoredArray($0.tensor)) }, metadata: metadata, to: url, as: format,
            file: file, line: line)
    }

    /// The tensor of a name; nil where there is none, or none that can be read.
    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

    /// The tensor of a name; nil where there is none.
    /// - Throws: the reason why it is `unreadable`.
    public func tensor(named name: String) throws(CheckpointError) -> Tensor? {
        if let error = unreadable.first(where: { $0.name == name })?.error { throw error }
        return self[name]
    }
}

extension CheckpointValue {
    /// Reads a `.pth` file with its nesting. Values that cannot be read are `.unsupported`.
    /// - Throws: `CheckpointError`
    public init(contentsOf url: URL) throws(CheckpointError) {
        let file = try CheckpointFile(contentsOf: url)
        let part = FilePart(url: url)
        guard let tree = file.tree else {
            throw part.invalid(
                "it is in the format \(file.format.rawValue), which does not nest; read it as a Checkpoint")
        }
        self = try tree.mapLeaves { (path, array) throws(CheckpointError) -> CheckpointValue in
            do throws(CheckpointError) {
                return .tensor(try array.tensor(path, in: part))
            } catch {
                guard case .tensor(_, _, let found, let expected) = error else { throw error }
                return .unsupported("it has \(found), expected \(expected)")
            }
        }
    }

    /// Writes a `.pth` file that `torch.load(path, weights_only=True)` reads.
    /// - Throws: `FileError`; `CheckpointError.unwritable` where something in it is `.unsupported`
    public func write(to url: URL) throws {
        try TorchWriter.write(mapLeaves { (_, tensor) in .tensor(StoredArray(tensor)) }, to: url)
    }
}
