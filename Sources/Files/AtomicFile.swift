// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Replaces a file by new contents. At any moment, and after any failure, the path holds either the old file
/// or the new one.
///
/// The contents go to a file beside it, which is synchronised with the disk and then renamed.
/// - Throws: `FileError`, when the disk is full for one.
package func writeAtomically(_ data: Data, to url: URL) throws(FileError) {
    try writeAtomically(to: url) { (file) throws(FileError) in try file.write(data) }
}

/// Replaces a file by what `body` writes, piece by piece; not at all if `body` throws.
package func writeAtomically(
    to url: URL, _ body: (borrowing AtomicFile) throws(FileError) -> Void
) throws(FileError) {
    try AtomicFile.write(to: url, using: .standard, body)
}

/// A file on its way to replace another.
package struct AtomicFile: ~Copyable {
    /// The system call, which tests replace to simulate failures.
    package struct System: Sendable {
        package var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int

        package init(write: @escaping @Sendable (Int32, UnsafeRawBufferPointer) -> Int) { self.write = write }

        package static let standard = System { Foundation.write($0, $1.baseAddress, $1.count) }
    }

    private let target: Target
    private let system: System
    private let descriptor: Int32

    private init(_ target: Target, _ system: System) throws(FileError) {
        self.target = target
        self.system = system
        descriptor = try target.openTemporary()
    }

    deinit { close(descriptor) }

    package static func write(
        to url: URL, using system: System, _ body: (borrowing AtomicFile) throws(FileError) -> Void
    ) throws(FileError) {
        let target = try Target(url)
        let file = try AtomicFile(target, system)
        do throws(FileError) {
            try body(file)
            try file.replaceTarget()
        } catch {
            if case .notWritten = error { unlink(target.temporary) }
            throw error
        }
        try target.synchronizeFolder()
    }

    /// Appends all of the bytes.
    package func write(_ bytes: some ContiguousBytes) throws(FileError) {
        let failure: Int32? = bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = system.write(descriptor, UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30)))
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
            return nil
        }
        if let failure { throw target.notWritten(failure) }
    }

    private func replaceTarget() throws(FileError) {
        if let mode = target.mode { fchmod(descriptor, mode) }
        guard fsync(descriptor) == 0, rename(target.temporary, target.path) == 0 else {
            throw target.notWritten(errno)
        }
    }
}

/// The target of a file to be replaced.
private struct Target {
    let url: URL
    let path: String
    let temporary: String
    /// The permissions of the existing file.
    let mode: mode_t?

    init(_ url: URL) throws(FileError) {
        self.url = url
        let resolved = url.resolvingSymlinksInPath()
        path = resolved.path
        temporary =
            resolved.deletingLastPathComponent().appending(path: ".\(resolved.lastPathComponent).partial")
            .path
        var status = stat()
        guard stat(path, &status) == 0 else {
            mode = nil
            return
        }
        mode = status.st_mode & 0o7777
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .notWritten(url, reason: "it is not a regular file", hadPrevious: true)
        }
    }

    func notWritten(_ code: Int32) -> FileError {
        .notWritten(url, reason: systemReason(code), hadPrevious: mode != nil)
    }

    /// All writers of a file use the same temporary name, so that the leftovers of killed processes do not
    /// pile up. A lock makes them take turns.
    func openTemporary() throws(FileError) -> Int32 {
        while true {
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw notWritten(errno) }
            while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
            // The writer before may have renamed or removed the file while this one waited for the lock.
            var (mine, named) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(temporary, &named) == 0, mine.st_ino == named.st_ino,
                mine.st_dev == named.st_dev
            {
                if ftruncate(descriptor, 0) == 0 { return descriptor }
                let code = errno
                close(descriptor)
                throw notWritten(code)
            }
            close(descriptor)
        }
    }

    func synchronizeFolder() throws(FileError) {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Some file systems have no such call for folders.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw .notSynchronized(url, reason: systemReason(errno))
        }
    }
}
