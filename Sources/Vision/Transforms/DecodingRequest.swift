// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// The part of a photo that the first transform of a chain needs, so that no more than this is decoded.
public struct DecodingRequest: Sendable {
    /// The rectangle of the upright photo that is needed.
    public var region: PixelRect
    /// The size to which the region may be shrunk while it is decoded: a JPEG is then decoded at a half, a
    /// quarter or an eighth of its size, as long as the region stays at least this large. Nil to keep every
    /// pixel.
    public var smallestSize: Extent?
    private let completion: @Sendable (_ picture: Image, _ region: Region) -> Picture

    /// - Parameter finish: computes the transform's result from a decoded picture that contains the region
    ///   (at full or reduced size), and from the region's coordinates in it.
    public init(
        region: PixelRect, smallestSize: Extent? = nil,
        finish: @escaping @Sendable (_ picture: Image, _ region: Region) -> Image
    ) {
        self.region = region
        self.smallestSize = smallestSize
        completion = { .pixels(finish($0, $1)) }
    }

    /// The region, resized.
    public init(
        region: PixelRect, smallestSize: Extent? = nil, resizedTo size: Extent, _ interpolation: Interpolation
    ) {
        self.region = region
        self.smallestSize = smallestSize
        completion = { .resampling(Resampling($0, region: $1, to: size, interpolation)) }
    }

    /// The transform's result, from a picture that contains the region and the region's coordinates in it.
    func finished(_ picture: Image, _ region: Region) -> Picture { completion(picture, region) }

    /// The part that is decoded for the request.
    package var part: DecodedPart { DecodedPart(region: region, smallestSize: smallestSize) }
}

extension Image {
    /// Decodes a file in memory for a transform, and transforms it: no more is decoded than the transform
    /// asks for.
    /// - Throws: `ImageError`
    public init(
        decoding bytes: some Sequence<UInt8>, for transform: some Transform,
        _ options: DecodingOptions = .init(), source: String = "image data",
        using generator: inout RandomGenerator
    ) throws(ImageError) {
        let file = try EncodedImage(Array(bytes), source: source)
        self = try transform.picture(of: file, options, using: &generator) { $0 }.image
    }
}

extension Transform {
    /// Decodes a file, converts its colours and transforms it. Parts that this transform does not ask for are
    /// not decoded.
    func picture(
        of file: EncodedImage, _ options: DecodingOptions, using generator: inout RandomGenerator,
        converted: (Image) -> Image
    ) throws(ImageError) -> Picture {
        let size = options.appliesOrientation ? file.header.uprightSize : file.header.size
        guard let request = request(of: size, using: &generator) else {
            return applied(to: .pixels(converted(try file.decoded(options))), using: &generator)
        }
        let (picture, region) = try file.decoded(request.part, options)
        return request.finished(converted(picture), region)
    }
}
