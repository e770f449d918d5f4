// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of one training run.
struct RunFolder {
    let url: URL

    init(_ url: URL) { self.url = url }

    var best: URL { url.appending(path: "weights/best.safetensors") }
    var last: URL { url.appending(path: "weights/last.safetensors") }
    var classIndices: URL { url.appending(path: "class_indices.json") }
    /// How the run was begun.
    var origin: URL { url.appending(path: "run.json") }
    var report: URL { url.appending(path: "result/report.html") }
    var plots: URL { url.appending(path: "result") }

    /// About photos other than those that it was validated on.
    func report(on photos: URL) -> URL {
        url.appending(path: "result/report-\(photos.standardizedFileURL.lastPathComponent).html")
    }

    var hasRun: Bool { FileManager.default.fileExists(atPath: last.path) }
}
