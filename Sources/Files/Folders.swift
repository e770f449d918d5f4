// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Makes a folder, and those above it, where they are missing.
/// - Throws: `FileError.noFolder`, with the system's reason for the first folder that could not be made
package func makeFolder(_ folder: URL) throws(FileError) {
    var path = ""
    for name in folder.standardizedFileURL.path.split(separator: "/") {
        path += "/\(name)"
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw .noFolder(folder, reason: "\(path): \(systemReason(errno))")
        }
    }
    var status = stat()
    guard stat(folder.path, &status) == 0 else {
        throw .noFolder(folder, reason: "\(folder.path): \(systemReason(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .noFolder(folder, reason: "\(folder.path) is a file")
    }
}
