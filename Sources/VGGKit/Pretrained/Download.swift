// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Downloads one file. The download is resumable; the target appears only when it is complete.
///
/// The bytes go to `<name>.partial` beside the target. Once they are complete, and their SHA-256 begins with
/// the digits in the file's name (`vgg16-397923af.pth`), the file is renamed. A lock on the partial file lets
/// one process at a time write to it.
struct Download {
    private let address: URL
    private let target: URL
    private let partial: URL
    private let options: DownloadOptions

    init(from address: URL, to target: URL, _ options: DownloadOptions) {
        self.address = address
        self.target = target
        self.options = options
        partial = target.deletingLastPathComponent().appending(path: target.lastPathComponent + ".partial")
    }

    /// The digits of the SHA-256 in a name, between the last hyphen and the dot, as torch.hub reads them.
    static func digestPrefix(of name: String) -> String? {
        let stem = name.split(separator: ".").first ?? ""
        guard let hyphen = stem.lastIndex(of: "-") else { return nil }
        let digits = stem[stem.index(after: hyphen)...]
        guard digits.count >= 8, digits.count <= 64, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase })
        else {
            return nil
        }
        return String(digits)
    }

    func run() async throws {
        let file = try await PartialFile(partial) { FileManager.default.fileExists(atPath: target.path) }
        guard let file else { return }
        let wasResumed = file.count > 0
        do {
            try await fetch(into: file)
            do {
                try verify(file)
            } catch DownloadError.wrongContents where wasResumed {
                // The file on the server may have changed since the beginning was downloaded.
                try file.truncate(to: 0)
                try await fetch(into: file)
                try verify(file)
            }
        } catch {
            // Do not resume from an empty or wrong file.
            let isWrong = if case DownloadError.wrongContents = error { true } else { false }
            if isWrong || file.count == 0 { file.remove() }
            throw error
        }
        try file.rename(to: target)
    }

    private func verify(_ file: PartialFile) throws {
        guard let expected = Self.digestPrefix(of: target.lastPathComponent) else { return }
        let digest = try file.digest()
        guard digest.hasPrefix(expected) else {
            throw DownloadError.wrongContents(address, digest: digest, expected: expected)
        }
    }

    /// Tries until all bytes are there. Only attempts that received nothing count.
    private func fetch(into file: PartialFile) async throws {
        var failures = 0
        while true {
            let before = file.count
            switch try await Transfer(address, into: file, options).run() {
            case .complete: return
            case .refused(let status) where status < 500 && status != 408 && status != 429:
                throw DownloadError.refused(address, status: status)
            case .refused(let status):
                failures += 1
                guard failures < options.attempts else {
                    throw DownloadError.refused(address, status: status)
                }
            case .interrupted(let reason):
                failures = file.count > before ? 0 : failures + 1
                guard failures < options.attempts else {
                    throw DownloadError.interrupted(address, reason: reason, received: file.count)
                }
            }
            try await Task.sleep(for: .milliseconds(min(5000, 100 << failures)))
        }
    }
}
