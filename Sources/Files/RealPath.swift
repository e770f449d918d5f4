// SPDX-License-Identifier: Apache-2.0

import Foundation

extension URL {
    /// The path without links. The file or folder need not exist yet.
    package var realPath: String {
        let url = standardizedFileURL
        if url.path == "/" || FileManager.default.fileExists(atPath: url.path) {
            return url.resolvingSymlinksInPath().path
        }
        return URL(filePath: url.deletingLastPathComponent().realPath)
            .appending(path: url.lastPathComponent).path
    }

    /// Whether it is the folder or lies in it, after all links are resolved.
    package func lies(within folder: URL) -> Bool {
        let (own, outer) = (realPath, folder.realPath)
        return own == outer || own.hasPrefix(outer == "/" ? outer : outer + "/")
    }
}
