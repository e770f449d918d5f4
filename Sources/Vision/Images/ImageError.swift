// SPDX-License-Identifier: Apache-2.0

import Files

/// Errors about image files. `source` is the file's path, or "image data" for bytes in memory.
public enum ImageError: DescribedError, Equatable {
    case unreadable(source: String, reason: String)
    case fileTooLarge(source: String, byteCount: Int, limit: Int)
    /// The file is in no known format. Holds its first twelve bytes, or fewer if the file is shorter.
    case notAnImage(source: String, beginsWith: [UInt8])
    /// The file is damaged so that it yields no picture.
    case corrupt(source: String, reason: String)
    /// The file is complete, but a part of its data is invalid; `DecodingOptions.acceptsDamaged` accepts it.
    case damaged(source: String, reason: String)
    /// Data is missing at the end; `DecodingOptions.acceptsTruncated` accepts the rest.
    case truncated(source: String, reason: String)
    /// The file is intact, but of a kind that is not decoded.
    case unsupported(source: String, reason: String)
    /// Decoding it takes a library that is not installed, or a decoder of such a library.
    case missingLibrary(source: String, format: ImageFormat, decoder: String?)
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
                "\(source) is \(kind), which is not read: convert it to JPEG"
            } else {
                "\(source) is neither JPEG, PNG, WebP, HEIC nor AVIF: it begins with the bytes "
                    + bytes.prefix(8).map { hexadecimal($0) }.joined(separator: " ")
            }
        case .corrupt(let source, let reason): "\(source) is damaged: \(reason)"
        case .damaged(let source, let reason): "\(source) is damaged in part: \(reason)"
        case .truncated(let source, let reason): "\(source) ends early: \(reason)"
        case .unsupported(let source, let reason):
            "\(source) is of a kind that is not read: \(reason); convert it to an 8-bit JPEG or PNG"
        case .missingLibrary(let source, let format, let decoder):
            "\(source) is \(format.name): \(Self.remedy(format, decoder)), or convert it to JPEG"
        case .tooLarge(let source, let width, let height, let limit):
            "\(source) has \(width)×\(height) pixels, more than the limit of \(limit)"
        case .unwritable(let source, let reason): "\(source) cannot be written: \(reason)"
        }
    }

    private static func remedy(_ format: ImageFormat, _ decoder: String?) -> String {
        guard let decoder else { return "to read it, install \(format.package ?? "its library")" }
        let package = ImageFormat.installation(debian: "libheif-plugin-\(decoder)", homebrew: "libheif")
        return "libheif is there, but lacks the decoder; install \(package)"
    }

    /// The first bytes of images that are not read: text at an offset.
    private static let otherKinds: [(kind: String, offset: Int, text: String)] = [
        ("GIF", 0, "GIF8"), ("TIFF", 0, "II*\0"), ("TIFF", 0, "MM\0*"), ("BMP", 0, "BM"),
        ("JPEG XL", 4, "JXL "), ("JPEG 2000", 4, "jP  "), ("SVG", 0, "<svg"),
        ("a page of HTML", 0, "<!DOCTYPE"),
        ("a page of HTML", 0, "<html"), ("a page of HTML", 0, "<!doctype"),
    ]

    private static func otherKind(_ bytes: [UInt8]) -> String? {
        otherKinds.first { bytes.dropFirst($0.offset).starts(with: $0.text.utf8) }?.kind
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}
