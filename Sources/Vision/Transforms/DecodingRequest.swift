// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// What the first transform of a chain wants of a photo that is not decoded yet, so that no more is decoded.
public struct DecodingRequest: Sendable {
    /// The rectangle of the upright photo that matters.
    public var region: PixelRect
    /// The size to which the region may be shrunk while it is decoded: a JPEG is then decoded at a half, a quarter or an
    /// eighth, as long as the region's sides stay at least so long. Nil if every pixel counts.
    public var smallestSize: Extent?
    private let completion: @Sendable (_ picture: Image, _ region: Region) -> Picture

    /// - Parameter finish: makes the transform's result of a picture that holds the region (at its own or a reduced size),
    ///   and of where the region lies in it.
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

    /// The transform's result, of a picture that holds the region, and of where the region lies in it.
    func finished(_ picture: Image, _ region: Region) -> Picture { completion(picture, region) }

    /// What is decoded for it.
    package var part: DecodedPart { DecodedPart(region: region, smallestSize: smallestSize) }
}

extension Image {
    /// Decodes a file in memory for a transform, and transforms it: no more is decoded than the transform asks for.
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
    /// Decodes a file, converts its colours and transforms it. What this transform does not ask for is not decoded.
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
