// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// Where `torch.hub` keeps downloaded weights, so that each machine has them once, whichever program fetched them.
public struct HubCache: Sendable {
    public let folder: URL

    public init(folder: URL) { self.folder = folder }

    /// `$TORCH_HOME/hub/checkpoints`; without it `torch/hub/checkpoints` in `$XDG_CACHE_HOME` or `~/.cache`.
    public static var standard: HubCache { HubCache(environment: ProcessInfo.processInfo.environment) }

    package init(environment: [String: String]) {
        func place(_ name: String) -> URL? {
            environment[name].flatMap {
                $0.isEmpty ? nil : URL(filePath: ($0 as NSString).expandingTildeInPath)
            }
        }
        let caches =
            place("XDG_CACHE_HOME")
            ?? (place("HOME") ?? URL(filePath: NSHomeDirectory())).appending(path: ".cache")
        let home = place("TORCH_HOME") ?? caches.appending(path: "torch")
        folder = home.appending(path: "hub/checkpoints")
    }

    /// The local file for an address; it is fetched if it is not there.
    ///
    /// Several processes may ask at once: one fetches, the others wait for it.
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
    /// How often in a row a connection may fail without having brought anything.
    public var attempts: Int
    /// Called with the bytes that are there, and how many there will be, where that is known.
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

    /// Shows on standard error how far the download is.
    public static func withProgressBar(title: String) -> DownloadOptions {
        let meter = DownloadMeter(title: title, output: .standardError)
        return DownloadOptions { received, total in meter.update(received, total) }
    }
}
