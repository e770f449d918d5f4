// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a file could not be written, and what happened to the previous file.
public enum FileError: DescribedError, Equatable {
    /// Nothing was changed: the previous file, if `hadPrevious`, is intact, and nothing new was left behind.
    case notWritten(URL, reason: String, hadPrevious: Bool)
    /// The new file is complete and has its name, but its folder could not be synchronised: a power failure
    /// might still bring back the previous file.
    case notSynchronized(URL, reason: String)
    /// A folder could not be made.
    case noFolder(URL, reason: String)

    public var description: String {
        switch self {
        case .notWritten(let url, let reason, let hadPrevious):
            "cannot write \(url.relativePath): \(reason); "
                + (hadPrevious ? "the file that was there is unchanged" : "nothing was left behind")
        case .notSynchronized(let url, let reason):
            "\(url.relativePath) was written, but its folder could not be synchronised: \(reason)"
        case .noFolder(let url, let reason): "cannot make the folder \(url.relativePath): \(reason)"
        }
    }

    /// The reason alone, as a part of another error's sentence.
    package var reason: String {
        switch self {
        case .notWritten(_, let reason, _), .notSynchronized(_, let reason), .noFolder(_, let reason): reason
        }
    }
}
