// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// An image file that is open for reading.
final class ImageFile {
    /// The largest file that is read; larger ones are a mistake.
    static let limit = 1 << 30

    let byteCount: Int
    private let url: URL
    private let descriptor: Int32

    /// - Parameter limit: the most bytes that the file may have
    /// - Throws: `ImageError`
    init(_ url: URL, limit: Int = ImageFile.limit) throws(ImageError) {
        self.url = url
        // A pipe without a writer would otherwise wait for one.
        descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(url, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw Self.failure(url, code)
        }
        byteCount = Int(status.st_size)
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .unreadable(source: url.relativePath, reason: "it is a folder")
        default: throw .unreadable(source: url.relativePath, reason: "it is not a regular file")
        }
        guard byteCount <= limit else {
            throw .fileTooLarge(source: url.relativePath, byteCount: byteCount, limit: limit)
        }
    }

    deinit { close(descriptor) }

    /// Bytes from a position on: fewer where the file ends.
    /// - Throws: `ImageError`
    func read(at position: Int, count: Int) throws(ImageError) -> [UInt8] {
        let wanted = max(0, min(count, byteCount - position))
        var code: Int32 = 0
        var filled = 0
        var bytes = SpareBytes.take(wanted)
        bytes.withUnsafeMutableBufferPointer { buffer in
            while filled < wanted {
                let got = pread(
                    descriptor, buffer.baseAddress! + filled, wanted - filled, off_t(position + filled))
                if got == 0 { break }
                if got < 0 {
                    if errno == EINTR { continue }
                    code = errno
                    break
                }
                filled += got
            }
        }
        guard code == 0 else { throw Self.failure(url, code) }
        bytes.setCount(filled, 0)
        return bytes
    }

    private static func failure(_ url: URL, _ code: Int32) -> ImageError {
        let reason = code == ENOENT ? "there is no such file" : systemReason(code)
        return .unreadable(source: url.relativePath, reason: reason)
    }
}

/// Reads the bytes of image files.
enum FileBytes {
    /// - Throws: `ImageError`
    static func read(_ url: URL) throws(ImageError) -> [UInt8] {
        let file = try ImageFile(url)
        return try file.read(at: 0, count: file.byteCount)
    }
}

/// The bytes of an image for random access: in memory, or read from its file when they are needed.
struct ByteWindow {
    let count: Int
    private let file: ImageFile?
    private var window: [UInt8]
    private var start = 0
    /// The least number of bytes that is read at a time.
    private static let step = 4096

    init(_ bytes: [UInt8]) {
        (count, file, window) = (bytes.count, nil, bytes)
    }

    /// - Parameter beginning: the file's first bytes, which have been read
    init(_ file: ImageFile, beginning: [UInt8]) {
        (count, self.file, window) = (file.byteCount, file, beginning)
    }

    /// Bytes from a position on: fewer where the file ends.
    /// - Throws: `ImageError`
    mutating func slice(_ position: Int, _ length: Int) throws(ImageError) -> ArraySlice<UInt8> {
        guard position < count else { return [] }
        let length = min(length, count - position)
        if let file, position < start || position + length > start + window.count {
            SpareBytes.give(window)
            window = try file.read(at: position, count: max(length, Self.step))
            start = position
        }
        let first = position - start
        return window[min(first, window.count)..<min(first + length, window.count)]
    }
}
