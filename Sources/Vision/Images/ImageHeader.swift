// SPDX-License-Identifier: Apache-2.0

import CImages
import Foundation
import TensorCore

public enum ImageFormat: String, Sendable {
    case jpeg, png

    /// Tells by the first bytes; nil if they are of neither.
    public init?(_ bytes: some Sequence<UInt8>) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            return nil
        }
    }
}

/// What a file says of its image before any pixel is decoded.
public struct ImageHeader: Sendable, Equatable {
    public let format: ImageFormat
    /// As stored: before the orientation is applied.
    public let size: Extent
    /// 1 for grey, 3 for RGB, as they are decoded.
    public let channels: Int
    public let orientation: Orientation
    /// Whether decoding takes memory for the whole picture, whatever part or scale is asked for.
    let isHeldWhole: Bool

    /// The size of the picture as it is meant to be seen.
    public var uprightSize: Extent { orientation.turned(size) }

    /// Reads no more of the file than it needs.
    /// - Throws: `ImageError`
    public init(contentsOf url: URL) throws(ImageError) {
        let beginning = try FileBytes.read(url, atMost: 1 << 16)
        do {
            self = try ImageHeader(beginning, source: url.relativePath)
        } catch {
            // Metadata may be longer than that.
            guard beginning.count == 1 << 16, ImageFormat(beginning) != nil else { throw error }
            self = try ImageHeader(FileBytes.read(url), source: url.relativePath)
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
        var info = ci_info()
        try Codec.call(source) { message in
            switch format {
            case .jpeg: ci_jpeg_info(bytes, bytes.count, &info, message)
            case .png: ci_png_info(bytes, bytes.count, &info, message)
            }
        }
        guard info.width > 0 && info.height > 0 else {
            throw .corrupt(source: source, reason: "it has \(info.width)×\(info.height) pixels")
        }
        self.format = format
        size = Extent(info.height, info.width)
        channels = Int(info.channels)
        isHeldWhole = info.is_held_whole
        orientation = format == .jpeg ? EXIF.orientation(ofJPEG: bytes) : EXIF.orientation(ofPNG: bytes)
    }
}
