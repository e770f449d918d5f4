// SPDX-License-Identifier: Apache-2.0

@_exported import Files
import Foundation

/// Named tensors and texts about them, as they lie in a file.
///
/// ```swift
/// try Checkpoint(tensors: model.stateDictionary).write(to: url)
/// try model.load(Checkpoint(contentsOf: url).tensors)
/// ```
public struct Checkpoint: Sendable {
    /// In the order of the file's header.
    public var tensors: [(name: String, tensor: Tensor)]
    public var metadata: [String: String]

    public init(tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Reads a safetensors file. `float32`, `bfloat16`, `int32` and `uint8` are read as they are; Booleans become `uint8`,
    /// half precision becomes `float32`, double precision is rounded to `float32`, and other integers become `int32`
    /// where all of them fit.
    /// - Throws: `CheckpointError`
    public init(contentsOf url: URL) throws(CheckpointError) {
        self = try SafeTensors.read(url)
    }

    /// Writes a safetensors file. Equal contents give equal bytes, whatever the tensors' memory order; the file that is
    /// there is replaced when the new one is complete.
    /// - Throws: `FileError`, which leaves the old file as it was.
    public func write(to url: URL) throws(FileError) {
        try SafeTensors.write(self, to: url)
    }

    /// The tensor of a name.
    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }
}

/// Why a checkpoint could not be read.
public enum CheckpointError: Error, CustomStringConvertible, Equatable {
    /// The file could not be opened.
    case unreadable(URL, reason: String)
    /// The bytes at `offset` are not what the format has there.
    case malformed(URL, offset: Int, found: String, expected: String)
    /// The entry of one tensor is wrong.
    case tensor(URL, name: String, found: String, expected: String)
    /// The file is well formed, but not what it should be.
    case invalid(URL, String)

    public var description: String {
        switch self {
        case .unreadable(let url, let reason):
            "cannot read \(url.path): \(reason)"
        case .malformed(let url, let offset, let found, let expected):
            "\(url.path) is not a whole safetensors file: at byte \(offset) there is \(found), expected \(expected)"
        case .tensor(let url, let name, let found, let expected):
            "\(url.path): the tensor \(name) has \(found), expected \(expected)"
        case .invalid(let url, let problem):
            "\(url.path): \(problem)"
        }
    }
}
