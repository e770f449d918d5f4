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

    /// Whether it is the folder or something in it, by whatever links.
    package func lies(within folder: URL) -> Bool {
        let (own, outer) = (realPath, folder.realPath)
        return own == outer || own.hasPrefix(outer == "/" ? outer : outer + "/")
    }
}
