// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with an image file. `source` is its path, or "image data" for bytes in memory.
public enum ImageError: Error, CustomStringConvertible, Equatable {
    case unreadable(source: String, reason: String)
    case fileTooLarge(source: String, byteCount: Int, limit: Int)
    case notAnImage(source: String, beginsWith: [UInt8])
    case corrupt(source: String, reason: String)
    case truncated(source: String, reason: String)
    case tooLarge(source: String, width: Int, height: Int, limit: Int)
    case unwritable(source: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let source, let reason): "\(source) cannot be read: \(reason)"
        case .fileTooLarge(let source, let count, let limit):
            "\(source) has \(count) bytes, more than the limit of \(limit) for an image file"
        case .notAnImage(let source, let bytes):
            bytes.isEmpty
                ? "\(source) is empty"
                : "\(source) is neither JPEG nor PNG: it begins with the bytes "
                    + bytes.map { hexadecimal($0) }.joined(separator: " ")
        case .corrupt(let source, let reason): "\(source) is damaged: \(reason)"
        case .truncated(let source, let reason): "\(source) ends early: \(reason)"
        case .tooLarge(let source, let width, let height, let limit):
            "\(source) has \(width)×\(height) pixels, more than the limit of \(limit)"
        case .unwritable(let source, let reason): "\(source) cannot be written: \(reason)"
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}
