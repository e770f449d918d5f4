// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import VGGKit

/// Writes numbers, pictures and texts of a run for [TensorBoard](https://www.tensorflow.org/tensorboard), as
/// PyTorch's `SummaryWriter` does: `tensorboard --logdir runs` shows them, also while the run goes on.
///
/// ```swift
/// let board = try TensorBoardWriter(folder: URL(filePath: "runs/first/tensorboard"))
/// try board.add("loss", 0.25, step: 100)
/// ```
/// Each writer has its own file and only appends to it. A run that is killed loses at most the entries of its
/// last moments.
public final class TensorBoardWriter {
    /// The file.
    public let url: URL
    private let file: FileHandle
    private var pending = Data()
    /// Whether any steps of a run were written.
    var hasSteps = false
    private var writtenAt = Date.distantPast

    /// Entries are buffered until they reach this number of bytes or seconds.
    private static let (mostPending, longestWait) = (1 << 16, 1.0)

    /// - Parameter folder: the folder of the file, which is created if necessary
    /// - Throws: `TensorBoardError`
    public init(folder: URL) throws(TensorBoardError) {
        (url, file) = try Self.newFile(in: folder)
        append(.version, step: 0)
        try flush()
    }

    deinit {
        try? flush()
        try? file.close()
    }

    /// Adds a value of a curve.
    public func add(_ tag: String, _ value: Double, step: Int) throws(TensorBoardError) {
        try add(.scalar(tag: tag, value: Float(value)), step: step)
    }

    /// Adds a picture, stored as PNG.
    /// - Throws: `TensorBoardError`
    public func add(_ tag: String, _ image: Image, step: Int) throws(TensorBoardError) {
        try add(.image(tag: tag, image), step: step)
    }

    /// Adds a text, which TensorBoard shows as Markdown.
    public func add(_ tag: String, text: String, step: Int) throws(TensorBoardError) {
        try add(.text(tag: tag, text), step: step)
    }

    /// Marks that a run was resumed: entries written before for this step and later ones are no longer shown.
    public func restart(at step: Int) throws(TensorBoardError) { try add(.restart, step: step) }

    /// Writes the buffered entries.
    public func flush() throws(TensorBoardError) {
        do {
            try file.write(contentsOf: pending)
            pending.removeAll(keepingCapacity: true)
            writtenAt = .now
        } catch {
            throw .notWritten(url, reason: Files.reason(of: error))
        }
    }

    private func add(_ event: TensorBoardEvent, step: Int) throws(TensorBoardError) {
        append(event, step: step)
        if pending.count > Self.mostPending || -writtenAt.timeIntervalSinceNow > Self.longestWait {
            try flush()
        }
    }

    /// A record: the length and its checksum, the event and its checksum.
    private func append(_ event: TensorBoardEvent, step: Int) {
        let data = event.message(step: step, seconds: Date.now.timeIntervalSince1970).data
        let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Data($0) }
        for part in [length, data] {
            pending.append(part)
            withUnsafeBytes(of: CRC32C.masked(part).littleEndian) { pending.append(contentsOf: $0) }
        }
    }

    /// Creates a new file, with a name that TensorBoard recognises. Names of later files sort after those of
    /// earlier ones.
    private static func newFile(in folder: URL) throws(TensorBoardError) -> (URL, FileHandle) {
        do {
            try makeFolder(folder)
        } catch {
            throw .notWritten(folder, reason: error.reason)
        }
        let seconds = Int(Date.now.timeIntervalSince1970)
        let process = ProcessInfo.processInfo.processIdentifier
        for number in 0..<1_000_000 {
            let name = "events.out.tfevents.\(seconds).vggkit.\(process).\(number)"
            let url = folder.appending(path: name)
            let descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (url, FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)) }
            guard errno == EEXIST else { throw .notWritten(url, reason: systemReason(errno)) }
        }
        throw .notWritten(folder, reason: "it holds a million files of this second")
    }
}

/// Why a file for TensorBoard could not be written.
public enum TensorBoardError: DescribedError, Equatable {
    case notWritten(URL, reason: String)

    public var description: String {
        switch self {
        case .notWritten(let url, let reason):
            "cannot write for TensorBoard to \(url.relativePath): \(reason)"
        }
    }
}
