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

    /// The scale of decoding in eighths. Half, quarter and eighth are those for which libjpeg-turbo has fast code.
    package var eighths: Int {
        guard let smallestSize else { return 8 }
        return [1, 2, 4].first {
            region.height * $0 >= smallestSize.height * 8 && region.width * $0 >= smallestSize.width * 8
        } ?? 8
    }
}
