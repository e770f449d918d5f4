// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Why pretrained weights could not be downloaded. Bytes received so far are kept, and the next attempt
/// continues from them.
public enum DownloadError: DescribedError, Equatable {
    /// The server answered with a status other than success.
    case refused(URL, status: Int)
    /// The connection failed, stalled or ended early in every attempt.
    case interrupted(URL, reason: String, received: Int)
    /// The file is complete, but its SHA-256 is not the one in its name; it was removed.
    case wrongContents(URL, digest: String, expected: String)
    /// The folder or file for it cannot be written.
    case unwritable(URL, reason: String)

    public var description: String {
        switch self {
        case .refused(let url, let status):
            "\(url.absoluteString): the server answered with status \(status)"
        case .interrupted(let url, let reason, let received):
            "\(url.absoluteString): \(reason)"
                + (received > 0 ? ", after \(received) bytes; try again, and it goes on from there" : "")
        case .wrongContents(let url, let digest, let expected):
            "\(url.absoluteString) is not what it should be: its SHA-256 is \(digest), expected one that begins with \(expected)"
        case .unwritable(let url, let reason):
            "cannot write \(url.relativePath): \(reason)"
        }
    }
}
