// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// What is decoded of a photo: a rectangle of it, and how far that may shrink on the way.
package struct DecodedPart: Sendable {
    /// Of the upright photo.
    package var region: PixelRect
    /// The region's sides stay at least so long; nil if every pixel counts.
    package var smallestSize: Extent?

    package init(region: PixelRect, smallestSize: Extent?) {
        self.region = region
        self.smallestSize = smallestSize
    }

    /// The scale of decoding in eighths. Half, quarter and eighth are those for which libjpeg-turbo has fast code.
    package var eighths: Int {
        guard let smallestSize else { return 8 }
        return [1, 2, 4].first {
            region.height * $0 >= smallestSize.height * 8 && region.width * $0 >= smallestSize.width * 8
        } ?? 8
    }
}
