// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads the bytes of an image file.
enum FileBytes {
    /// The largest file that is read; larger ones are a mistake.
    static let limit = 1 << 30

    /// - Parameter count: how many bytes from the beginning, at most; all if nil
    /// - Throws: `ImageError`
    static func read(_ url: URL, atMost count: Int? = nil) throws(ImageError) -> [UInt8] {
        // A pipe without a writer would otherwise wait for one.
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(url, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(url, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .unreadable(source: url.relativePath, reason: "it is a folder")
        default: throw .unreadable(source: url.relativePath, reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw .fileTooLarge(source: url.relativePath, byteCount: size, limit: limit)
        }
        let wanted = min(size, count ?? size)
        var code: Int32 = 0
        var filled = 0
        var bytes = SpareBytes.take(wanted)
        bytes.withUnsafeMutableBufferPointer { buffer in
            while filled < wanted {
                let got = Foundation.read(descriptor, buffer.baseAddress! + filled, wanted - filled)
                if got == 0 { break }
                if got < 0 {
                    if errno == EINTR { continue }
                    code = errno
                    break
                }
                filled += got
            }
        }
        guard code == 0 else { throw failure(url, code) }
        bytes.setCount(filled, 0)
        return bytes
    }

    private static func failure(_ url: URL, _ code: Int32) -> ImageError {
        let reason = code == ENOENT ? "there is no such file" : String(cString: strerror(code))
        return .unreadable(source: url.relativePath, reason: reason)
    }
}
