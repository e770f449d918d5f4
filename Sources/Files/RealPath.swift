// SPDX-License-Identifier: Apache-2.0

import Foundation

extension URL {
    /// The path without links, also of a file or folder that is not there yet.
    package var realPath: String {
        let url = standardizedFileURL
        if url.path == "/" || FileManager.default.fileExists(atPath: url.path) {
            return url.resolvingSymlinksInPath().path
        }
        return URL(filePath: url.deletingLastPathComponent().realPath)
            .appending(path: url.lastPathComponent).path
    }
}
