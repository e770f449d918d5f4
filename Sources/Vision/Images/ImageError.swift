// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with an image file. `source` is its path, or "image data" for bytes in memory.
public enum ImageError: Error, CustomStringConvertible, Equatable {
    case unreadable(source: String, reason: String)
    case fileTooLarge(source: String, byteCount: Int, limit: Int)
    /// With the file's first twelve bytes, or all where it has fewer.
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
            if bytes.isEmpty {
                "\(source) is empty"
            } else if let kind = Self.otherKind(bytes) {
                "\(source) is neither JPEG nor PNG but \(kind), which is not read: convert it to JPEG"
            } else {
                "\(source) is neither JPEG nor PNG: it begins with the bytes "
                    + bytes.prefix(8).map { hexadecimal($0) }.joined(separator: " ")
            }
        case .corrupt(let source, let reason): "\(source) is damaged: \(reason)"
        case .truncated(let source, let reason): "\(source) ends early: \(reason)"
        case .tooLarge(let source, let width, let height, let limit):
            "\(source) has \(width)×\(height) pixels, more than the limit of \(limit)"
        case .unwritable(let source, let reason): "\(source) cannot be written: \(reason)"
        }
    }

    /// The first bytes of images that are not read: text at a place.
    private static let otherKinds: [(kind: String, place: Int, text: String)] =
        ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"].map { ("HEIC", 4, "ftyp" + $0) } + [
            ("AVIF", 4, "ftypavif"), ("AVIF", 4, "ftypavis"), ("WebP", 8, "WEBP"), ("GIF", 0, "GIF8"),
            ("TIFF", 0, "II*\0"), ("TIFF", 0, "MM\0*"),
        ]

    private static func otherKind(_ bytes: [UInt8]) -> String? {
        otherKinds.first { bytes.dropFirst($0.place).starts(with: $0.text.utf8) }?.kind
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}
