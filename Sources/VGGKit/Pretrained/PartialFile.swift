// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// A file that is being downloaded, locked against other processes.
final class PartialFile: Sendable {
    private let url: URL
    private let descriptor: Int32
    private let size: Lock<Int>

    var count: Int { size.withLock { $0 } }

    /// Waits for the lock; nil if `isDone` becomes true meanwhile, because another process was faster.
    init?(_ url: URL, unless isDone: () -> Bool) async throws {
        self.url = url
        var opened: Int32?
        while opened == nil {
            let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw Self.unwritable(url, errno) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.isNamed(descriptor, url) {
                opened = descriptor
            } else {
                close(descriptor)
                if isDone() { return nil }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        descriptor = opened!
        var status = stat()
        fstat(descriptor, &status)
        size = Lock(Int(status.st_size))
        // The other process may have renamed its file while this one waited. Then the open file is gone or
        // new.
        if isDone() {
            if status.st_size == 0 { remove() }
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Whether the name still belongs to the open file: it may have been renamed while this process waited.
    private static func isNamed(_ descriptor: Int32, _ url: URL) -> Bool {
        var (mine, named) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && stat(url.path, &named) == 0 && mine.st_ino == named.st_ino
            && mine.st_dev == named.st_dev
    }

    private static func unwritable(_ url: URL, _ code: Int32) -> DownloadError {
        .unwritable(url, reason: systemReason(code))
    }

    func append(_ data: Data) throws {
        try size.withLock { size in
            var rest = [UInt8](data)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(size)) }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw Self.unwritable(url, errno)
                }
                size += count
                rest = rest.dropFirst(count)
            }
        }
    }

    func truncate(to count: Int) throws {
        try size.withLock { size in
            guard ftruncate(descriptor, off_t(count)) == 0 else { throw Self.unwritable(url, errno) }
            size = count
        }
    }

    /// The SHA-256 of the whole file.
    func digest() throws -> String {
        var hash = SHA256()
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var offset = 0
        while true {
            let count = block.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(offset))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.unwritable(url, errno) }
            if count == 0 { return hash.digest() }
            hash.add(count == block.count ? block : Array(block.prefix(count)))
            offset += count
        }
    }

    func rename(to target: URL) throws {
        guard fsync(descriptor) == 0, Foundation.rename(url.path, target.path) == 0 else {
            throw Self.unwritable(target, errno)
        }
    }

    func remove() { unlink(url.path) }
}
