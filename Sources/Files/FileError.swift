// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a file could not be written, and what became of the one that was there.
public enum FileError: DescribedError, Equatable {
    /// Nothing was changed: the file that was there, if `hadPrevious`, is whole, and nothing new was left behind.
    case notWritten(URL, reason: String, hadPrevious: Bool)
    /// The new file is complete and in its place, but its folder could not be synchronised: a power failure might still
    /// bring back what was there before.
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

    /// Why, without what became of the file: a part of another error's sentence.
    package var reason: String {
        switch self {
        case .notWritten(_, let reason, _), .notSynchronized(_, let reason), .noFolder(_, let reason): reason
        }
    }
}
