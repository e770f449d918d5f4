// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of one training run.
public struct RunFolder: Sendable, Hashable {
    /// The folder itself.
    public let url: URL

    /// The files of a run in a folder. They need not exist.
    public init(_ url: URL) { self.url = url }

    /// The weights of the best epoch, for prediction.
    public var best: URL { url.appending(path: "weights/best.safetensors") }
    /// Everything that is needed to resume the run: weights, the optimizer's state, the position in the run,
    /// the history.
    public var last: URL { url.appending(path: "weights/last.safetensors") }
    /// The weights of `best` as PyTorch's state dictionary; written with `WeightsFormat.pyTorch`.
    public var bestPyTorch: URL { url.appending(path: "weights/best_model.pth") }
    /// The weights of `last` as PyTorch's state dictionary; written with `WeightsFormat.pyTorch`.
    public var lastPyTorch: URL { url.appending(path: "weights/last_model.pth") }
    /// The epochs' losses and accuracies, as CSV.
    public var history: URL { url.appending(path: "history.csv") }
    /// The classes' names by their index, as the PyTorch tutorial writes them.
    public var classIndices: URL { url.appending(path: "class_indices.json") }
    /// The command and the settings with which the run was started.
    public var origin: URL { url.appending(path: "run.json") }
    /// Plots and reports.
    public var results: URL { url.appending(path: "result") }
    /// The report about the run and the photos that it was validated on.
    public var report: URL { url.appending(path: "result/report.html") }

    /// The report about photos other than those that the run was validated on.
    public func report(on photos: URL) -> URL {
        url.appending(path: "result/report-\(photos.standardizedFileURL.lastPathComponent).html")
    }

    /// Whether a run has written a checkpoint here.
    public var hasRun: Bool { FileManager.default.fileExists(atPath: last.path) }
}
