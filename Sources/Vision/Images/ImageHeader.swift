// SPDX-License-Identifier: Apache-2.0

import CImages
import Foundation
import TensorCore

/// Facts about an image that its file tells before any pixel is decoded.
public struct ImageHeader: Sendable, Equatable {
    /// Which format the file is in, by its first bytes.
    public let format: ImageFormat
    /// The stored size, before the orientation is applied. HEIC and AVIF are rotated while they are decoded:
    /// for them it is the upright size.
    public let size: Extent
    /// 1 for grey, 3 for RGB, as they are decoded.
    public let channels: Int
    /// How the stored picture must be rotated or mirrored to be upright. Always `.upright` for HEIC and AVIF.
    public let orientation: Orientation
    /// Whether decoding takes memory for the whole picture, even if only a part or a smaller size is decoded.
    let isHeldWhole: Bool
    /// The least number of bytes that a file with such a picture has.
    let leastByteCount: Int
    /// Whether the file is known to lack its end.
    let isCut: Bool

    /// Compares the pictures' properties, not what depends on how much of the file was read.
    public static func == (a: ImageHeader, b: ImageHeader) -> Bool {
        a.format == b.format && a.size == b.size && a.channels == b.channels && a.orientation == b.orientation
    }

    /// The size of the picture as it is meant to be seen.
    public var uprightSize: Extent { orientation.turned(size) }

    /// Reads no more of a JPEG or PNG than it needs.
    /// - Throws: `ImageError`
    public init(contentsOf url: URL) throws(ImageError) {
        let file = try ImageFile(url)
        let beginning = try file.read(at: 0, count: 1 << 16)
        let source = url.relativePath
        let isAll = beginning.count == file.byteCount
        switch ImageFormat(beginning) {
        case .png:
            var bytes = ByteWindow(file, beginning: beginning)
            self.init(try PNGHeader(&bytes, source: source))
        case .jpeg, nil:
            do {
                self = try ImageHeader(beginning, source: source)
            } catch {
                // Metadata may be longer than that.
                guard !isAll, ImageFormat(beginning) != nil else { throw error }
                self = try ImageHeader(FileBytes.read(url), source: source)
            }
        case .webp, .heif, .avif:
            self = try ImageHeader(isAll ? beginning : FileBytes.read(url), source: source)
        }
    }

    /// - Throws: `ImageError`
    public init(_ bytes: some Sequence<UInt8>, source: String = "image data") throws(ImageError) {
        try self.init(Array(bytes), source: source)
    }

    init(_ bytes: [UInt8], source: String) throws(ImageError) {
        guard let format = ImageFormat(bytes) else {
            throw .notAnImage(source: source, beginsWith: Array(bytes.prefix(12)))
        }
        if format == .png {
            var bytes = ByteWindow(bytes)
            self.init(try PNGHeader(&bytes, source: source))
            return
        }
        var info = ci_info()
        try Codec.call(source, format) { message in
            switch format {
            case .webp: ci_webp_info(bytes, bytes.count, &info, message)
            case .heif, .avif: ci_heif_info(bytes, bytes.count, &info, message)
            case .jpeg, .png: ci_jpeg_info(bytes, bytes.count, &info, message)
            }
        }
        guard info.width > 0 && info.height > 0 else {
            throw .corrupt(source: source, reason: "it has \(info.width)×\(info.height) pixels")
        }
        self.init(
            format: format, size: Extent(info.height, info.width), channels: Int(info.channels),
            orientation: Self.orientation(format, bytes), isHeldWhole: info.is_held_whole,
            leastByteCount: info.least_bytes, isCut: !info.has_end)
    }

    private static func orientation(_ format: ImageFormat, _ bytes: [UInt8]) -> Orientation {
        switch format {
        case .jpeg: OrientationTags(ofJPEG: bytes).orientation
        case .webp: OrientationTags(ofWebP: bytes).orientation
        // libheif applies their rotation. Applying the EXIF orientation too would rotate them twice.
        case .heif, .avif, .png: .upright
        }
    }

    private init(_ png: PNGHeader) {
        self.init(
            format: .png, size: png.size, channels: png.channels, orientation: png.tags.orientation,
            isHeldWhole: true, leastByteCount: png.leastByteCount, isCut: png.isCut)
    }

    private init(
        format: ImageFormat, size: Extent, channels: Int, orientation: Orientation, isHeldWhole: Bool,
        leastByteCount: Int, isCut: Bool
    ) {
        self.format = format
        self.size = size
        self.channels = channels
        self.orientation = orientation
        self.isHeldWhole = isHeldWhole
        self.leastByteCount = leastByteCount
        self.isCut = isCut
    }
}
