// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// The folder in which `torch.hub` keeps downloaded weights. PyTorch and VGGKit share it, so each file is
/// downloaded once.
public struct HubCache: Sendable {
    /// The folder of the files. A file has the last component of its address as its name.
    public let folder: URL

    /// Keeps files in a folder, which the first download creates.
    public init(folder: URL) { self.folder = folder }

    /// `$TORCH_HOME/hub/checkpoints`; without it `torch/hub/checkpoints` in `$XDG_CACHE_HOME` or `~/.cache`.
    public static var standard: HubCache { HubCache(environment: ProcessInfo.processInfo.environment) }

    package init(environment: [String: String]) {
        func directory(_ name: String) -> URL? {
            environment[name].flatMap {
                $0.isEmpty ? nil : URL(filePath: ($0 as NSString).expandingTildeInPath)
            }
        }
        let caches =
            directory("XDG_CACHE_HOME")
            ?? (directory("HOME") ?? URL(filePath: NSHomeDirectory())).appending(path: ".cache")
        let home = directory("TORCH_HOME") ?? caches.appending(path: "torch")
        folder = home.appending(path: "hub/checkpoints")
    }

    /// The local file for an address. It is downloaded if it is not there.
    /// Several processes may ask at once: one downloads, the others wait for it.
    /// - Parameter options: how long to wait, how often to try, what to report.
    /// - Throws: `DownloadError`, `CancellationError`
    public func file(for address: URL, options: DownloadOptions = .init()) async throws -> URL {
        let target = folder.appending(path: address.lastPathComponent)
        if FileManager.default.fileExists(atPath: target.path) { return target }
        do {
            try makeFolder(folder)
        } catch {
            throw DownloadError.unwritable(folder, reason: error.reason)
        }
        try await Download(from: address, to: target, options).run()
        return target
    }
}

/// How weights are downloaded.
public struct DownloadOptions: Sendable {
    /// Seconds without a byte after which a connection counts as dead.
    public var timeout: Double
    /// The number of attempts in a row that may fail without receiving anything.
    public var attempts: Int
    /// Called with the number of bytes received, and the total, if it is known.
    public var progress: @Sendable (_ received: Int, _ total: Int?) -> Void

    /// - Parameter progress: nothing is reported by default; see `DownloadOptions.withProgressBar`.
    public init(
        timeout: Double = 30, attempts: Int = 5,
        progress: @escaping @Sendable (Int, Int?) -> Void = { _, _ in }, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            timeout > 0 && attempts > 0,
            "DownloadOptions: timeout \(timeout) s and attempts \(attempts) must be positive", file: file,
            line: line)
        self.timeout = timeout
        self.attempts = attempts
        self.progress = progress
    }

    /// Shows the download's progress on standard error.
    public static func withProgressBar(title: String) -> DownloadOptions {
        let meter = DownloadMeter(title: title, output: .standardError)
        return DownloadOptions { received, total in meter.update(received, total) }
    }
}
