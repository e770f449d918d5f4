// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// A checkpoint, or the folder of a run, whose best one is meant.
func checkpointFile(at path: String) throws -> URL {
    let url = fileURL(path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw Failure("there is no checkpoint or run at \(path)")
    }
    guard isFolder.boolValue else {
        if (try? ImageHeader(contentsOf: url)) != nil {
            throw Failure(
                "\(path) is a photo; a checkpoint, or the folder of a run, should stand there")
        }
        return url
    }
    let best = RunFolder(url).best
    guard FileManager.default.fileExists(atPath: best.path) else {
        throw Failure("there is no run in \(path): \(best.relativePath) is missing")
    }
    return best
}
