// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Why a checkpoint could not be read, or not be written as asked.
public enum CheckpointError: DescribedError, Equatable {
    /// The file could not be opened.
    case unreadable(URL, reason: String)
    /// The bytes at `offset` of the file, or of an entry of an archive, do not follow the format.
    case malformed(URL, entry: String? = nil, offset: Int, found: String, expected: String)
    /// The entry of one tensor is invalid.
    case tensor(URL, name: String, found: String, expected: String)
    /// An entry is well formed, but of a kind that is not supported: elements of a type that tensors do not
    /// have, texts, records.
    case unsupported(URL, name: String, reason: String)
    /// A pickle asks for a Python function or class that checkpoints have no use for. It was not called.
    case forbidden(URL, global: String)
    /// The file is well formed, but does not hold what was expected.
    case invalid(URL, String)
    /// The format cannot hold what was to be written.
    case unwritable(URL, String)

    public var description: String {
        switch self {
        case .unreadable(let url, let reason):
            "cannot read \(url.relativePath): \(reason)"
        case .malformed(let url, let entry, let offset, let found, let expected):
            "\(url.relativePath) is damaged or not a checkpoint: at byte \(offset)\(entry.map { " of its entry \($0)" } ?? "") "
                + "there is \(found), expected \(expected)"
        case .tensor(let url, let name, let found, let expected):
            "\(url.relativePath): the tensor \(name) has \(found), expected \(expected)"
        case .unsupported(let url, let name, let reason):
            "\(url.relativePath): \(name) is not supported: \(reason)"
        case .forbidden(let url, let global):
            "\(url.relativePath) asks for \(global), which is not among the things that checkpoints are made of; nothing of it was run"
        case .invalid(let url, let problem):
            "\(url.relativePath): \(problem)"
        case .unwritable(let url, let problem):
            "cannot write \(url.relativePath): \(problem)"
        }
    }
}
