// SPDX-License-Identifier: Apache-2.0

import CImages
import Checks
import Foundation
import TensorCore

/// How files become images.
public struct DecodingOptions: Sendable {
    /// The most pixels that are decoded; beyond lies a mistake or an attack. Pillow's limit.
    public var pixelLimit = 178_956_970
    /// Whether to take the picture of a JPEG or PNG that has its end but a part of whose data is damaged, as browsers and
    /// Pillow do: some of its pixels are wrong.
    public var acceptsDamaged = false
    /// Whether to use what there is of a JPEG or PNG that ends early, damaged or not; the rest is grey. As Pillow's
    /// `LOAD_TRUNCATED_IMAGES`.
    public var acceptsTruncated = false
    /// Whether the picture is turned as its EXIF orientation says.
    public var appliesOrientation = true
    /// A JPEG may be decoded at a half, a quarter or an eighth of its size, as long as both sides stay at least so long.
    /// This is much faster, and what bounds the memory for very large ones.
    public var smallestUsefulSize: Extent?

    public init() {}
}

extension Image {
    /// Reads an image file; the first bytes tell of which `ImageFormat`.
    /// - Throws: `ImageError`
    public init(contentsOf url: URL, _ options: DecodingOptions = .init()) throws(ImageError) {
        self = try EncodedImage(contentsOf: url).decoded(options)
    }

    /// Decodes an image file in memory.
    /// - Parameter source: what errors call it
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

    /// Decodes a part of the photo, and little more: of a JPEG, the rows and columns that are needed, at a half, a quarter
    /// or an eighth of the size where that is enough. The picture comes upright.
    /// - Returns: a picture, and where in it the wanted region lies
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

    /// One axis of a part: the scaled pixels that cover it, and where it begins within them.
    private static func scaled(
        _ start: Int, _ length: Int, _ eighths: Int, _ limit: Int
    ) -> (pixels: Range<Int>, place: (start: Double, length: Double)) {
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

    /// Stops before memory is taken for pixels of which the file cannot hold as many.
    private func requirePixels(_ options: DecodingOptions) throws(ImageError) {
        guard !options.acceptsTruncated, !options.acceptsDamaged, bytes.count < header.leastByteCount else {
            return
        }
        let reason = "it has too few bytes for \(header.size.width)×\(header.size.height) pixels"
        throw header.isCut
            ? .truncated(source: source, reason: reason) : .corrupt(source: source, reason: reason)
    }
}
