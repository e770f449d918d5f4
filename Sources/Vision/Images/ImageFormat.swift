// SPDX-License-Identifier: Apache-2.0

import CImages

/// The image formats that can be read. JPEG and PNG are always available. HEIC and AVIF need libheif, WebP
/// needs libwebp, which are used if they are installed.
public enum ImageFormat: String, Sendable, CaseIterable {
    case jpeg, png, webp
    /// HEIC, and other pictures in HEIF's container
    case heif
    case avif

    /// The format that the first bytes of a file belong to; nil for another.
    public init?(_ bytes: some Sequence<UInt8>) {
        let start = Array(bytes.prefix(64))
        if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if start.starts(with: "RIFF".utf8), start.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else if let format = Self.ofBrands(start) {
            self = format
        } else {
            return nil
        }
    }

    /// The format of a file's extension; nil for another extension.
    public init?(pathExtension: String) {
        switch pathExtension.lowercased() {
        case "jpg", "jpeg", "jpe", "jfif", "jif", "pjpeg", "pjp": self = .jpeg
        case "png", "apng": self = .png
        case "webp": self = .webp
        case "heic", "heif", "hif": self = .heif
        case "avif": self = .avif
        default: return nil
        }
    }

    /// Whether it can be read on this machine.
    public var isReadable: Bool {
        switch self {
        case .jpeg, .png: true
        case .webp: ci_has_webp()
        case .heif, .avif: ci_has_heif()
        }
    }

    /// The name as people write it.
    public var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webp: "WebP"
        case .heif: "HEIC"
        case .avif: "AVIF"
        }
    }

    /// The usual ending of such files' names.
    var fileEnding: String {
        switch self {
        case .jpeg: "jpg"
        case .png: "png"
        case .webp: "webp"
        case .heif: "heic"
        case .avif: "avif"
        }
    }

    /// The package to install to read it; nil where none is needed.
    var package: String? {
        switch self {
        case .jpeg, .png: nil
        case .webp: Self.installation(debian: "libwebp7", homebrew: "webp")
        case .heif, .avif: Self.installation(debian: "libheif1", homebrew: "libheif")
        }
    }

    static func installation(debian: String, homebrew: String) -> String {
        #if os(macOS)
            "brew install \(homebrew)"
        #else
            "the package \(debian) (as Debian and Ubuntu call it)"
        #endif
    }

    /// The box that a file in HEIF's container begins with names its brands, four letters each.
    private static func ofBrands(_ start: [UInt8]) -> ImageFormat? {
        guard start.count >= 12, start[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        let length = start[..<4].reduce(0) { $0 << 8 | Int($1) }
        let brands = stride(from: 8, to: min(length, start.count - 3), by: 4).filter { $0 != 12 }.map {
            String(decoding: start[$0..<$0 + 4], as: UTF8.self)
        }
        if brands.contains(where: ["avif", "avis"].contains) { return .avif }
        let known = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2"]
        return brands.contains(where: known.contains) ? .heif : nil
    }
}
