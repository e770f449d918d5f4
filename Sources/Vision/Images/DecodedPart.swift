// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// The part of a photo to decode: a rectangle, and how far it may be scaled down while it is decoded.
package struct DecodedPart: Sendable {
    /// The rectangle, in the upright photo.
    package var region: PixelRect
    /// The smallest size to which the region may be scaled down; nil to keep every pixel.
    package var smallestSize: Extent?

    package init(region: PixelRect, smallestSize: Extent?) {
        self.region = region
        self.smallestSize = smallestSize
    }

    /// The scale of decoding in eighths. Half, quarter and eighth are those for which libjpeg-turbo has fast
    /// code.
    package var eighths: Int {
        guard let smallestSize else { return 8 }
        return [1, 2, 4].first {
            region.height * $0 >= smallestSize.height * 8 && region.width * $0 >= smallestSize.width * 8
        } ?? 8
    }
}
