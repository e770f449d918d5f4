// SPDX-License-Identifier: Apache-2.0

import CImages
import Checks
import Foundation
import TensorCore

/// How files become images.
public struct DecodingOptions: Sendable {
    /// The most pixels that are decoded; a larger picture is a mistake or an attack. Pillow's limit.
    public var pixelLimit = 178_956_970
    /// Whether a JPEG or PNG is accepted that is complete but damaged in a part of its data, as browsers and
    /// Pillow do. Some of its pixels are then wrong.
    public var acceptsDamaged = false
    /// Whether a JPEG or PNG that ends early is accepted, damaged or not. The missing pixels are then grey.
    /// As Pillow's `LOAD_TRUNCATED_IMAGES`.
    public var acceptsTruncated = false
    /// Whether the picture is turned as its EXIF orientation says.
    public var appliesOrientation = true
    /// If not nil, a JPEG may be decoded at a half, a quarter or an eighth of its size, as long as both sides
    /// stay at least this long. That is much faster, and limits the memory that a very large photo takes.
    public var smallestUsefulSize: Extent?

    /// The defaults: a damaged or truncated file is an error, and the EXIF orientation is applied.
    public init() {}
}

extension Image {
    /// Reads an image file; the first bytes tell of which `ImageFormat`.
    /// - Throws: `ImageError`
    public init(contentsOf url: URL, _ options: DecodingOptions = .init()) throws(ImageError) {
        self = try EncodedImage(contentsOf: url).decoded(options)
    }

    /// Decodes an image file in memory.
    /// - Parameter source: the name of the image in error messages
    /// - Throws: `ImageError`
    public init(
        decoding bytes: some Sequence<UInt8>, _ options: DecodingOptions = .init(),
        source: String = "image data"
    ) throws(ImageError) {
        self = try EncodedImage(Array(bytes), source: source).decoded(options)
    }
}

/// An image file in memory whose header has been read.
struct EncodedImage {
    let bytes: [UInt8]
    let source: String
    let header: ImageHeader

    init(_ bytes: [UInt8], source: String) throws(ImageError) {
        self.bytes = bytes
        self.source = source
        header = try ImageHeader(bytes, source: source)
    }

    init(contentsOf url: URL) throws(ImageError) {
        try self.init(FileBytes.read(url), source: url.relativePath)
    }

    func decoded(_ options: DecodingOptions) throws(ImageError) -> Image {
        let orientation = options.appliesOrientation ? header.orientation : .upright
        if header.format == .jpeg, let smallest = options.smallestUsefulSize {
            let all = PixelRect(orientation.turned(header.size))
            return try decoded(DecodedPart(region: all, smallestSize: smallest), options).0
        }
        try requireSize(header.size, options)
        try requirePixels(options)
        let image = try Codec.decode(self, eighths: 8, part: PixelRect(header.size), options)
        return image.oriented(orientation)
    }

    /// Decodes a part of the photo, and little more. Of a JPEG only the needed rows and columns are decoded,
    /// at a half, a quarter or an eighth of the size where that is enough. The result is upright.
    /// - Returns: a picture, and the wanted region within it
    func decoded(_ wanted: DecodedPart, _ options: DecodingOptions) throws(ImageError) -> (Image, Region) {
        let orientation = options.appliesOrientation ? header.orientation : .upright
        let upright = orientation.turned(header.size)
        check(
            wanted.region.lies(within: upright),
            "DecodingRequest: the region \(wanted.region) does not lie within the photo's \(upright.width)×\(upright.height) pixels"
        )
        guard header.format == .jpeg else {
            let image = try decoded(options).cropped(to: wanted.region)
            return (image, Region(PixelRect(image.size)))
        }
        let eighths = wanted.eighths
        let scaled = Extent(
            ci_jpeg_scaled(header.size.height, Int32(eighths)),
            ci_jpeg_scaled(header.size.width, Int32(eighths)))
        let stored = orientation.stored(wanted.region, in: header.size)
        let (columns, across) = Self.scaled(stored.x, stored.width, eighths, scaled.width)
        let (rows, down) = Self.scaled(stored.y, stored.height, eighths, scaled.height)
        let part = PixelRect(
            x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
        try requireSize(header.isHeldWhole ? header.size : part.size, options)
        try requirePixels(options)
        let image = try Codec.decode(self, eighths: eighths, part: part, options)
        let region = Region(x: across.start, y: down.start, width: across.length, height: down.length)
        return (image.oriented(orientation), orientation.turned(region, in: part.size))
    }

    /// One axis of a part: the scaled pixels that cover it, and its start and length within them.
    private static func scaled(
        _ start: Int, _ length: Int, _ eighths: Int, _ limit: Int
    ) -> (pixels: Range<Int>, span: (start: Double, length: Double)) {
        let first = start * eighths / 8
        let end = min(((start + length) * eighths + 7) / 8, limit)
        let scale = Double(eighths) / 8
        return (first..<end, (Double(start) * scale - Double(first), Double(length) * scale))
    }

    private func requireSize(_ size: Extent, _ options: DecodingOptions) throws(ImageError) {
        guard size.height <= options.pixelLimit / size.width else {
            throw .tooLarge(
                source: source, width: header.size.width, height: header.size.height,
                limit: options.pixelLimit)
        }
    }

    /// Throws if the file is too small for its pixels, before memory is taken for them.
    private func requirePixels(_ options: DecodingOptions) throws(ImageError) {
        guard !options.acceptsTruncated, !options.acceptsDamaged, bytes.count < header.leastByteCount else {
            return
        }
        let reason = "it has too few bytes for \(header.size.width)×\(header.size.height) pixels"
        throw header.isCut
            ? .truncated(source: source, reason: reason) : .corrupt(source: source, reason: reason)
    }
}
