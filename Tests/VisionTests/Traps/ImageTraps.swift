// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Vision

private func picture(_ width: Int, _ height: Int) -> Image {
    Image(width: width, height: height, color: [10, 20, 30])
}

let imageTraps: [Trap] = [
    Trap("Image: 5 bytes are not 2×2 pixels of 1 channels (1 or 3)") {
        _ = Image(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5])
    },
    Trap("Image: 4 bytes are not 1×2 pixels of 2 channels (1 or 3)") {
        _ = Image(width: 1, height: 2, channels: 2, pixels: [1, 2, 3, 4])
    },
    Trap("Image: 0 bytes are not 9223372036854775807×9223372036854775807 pixels of 3 channels (1 or 3)") {
        _ = Image(width: .max, height: .max, channels: 3, pixels: [])
    },
    Trap("Image: a colour has 1 or 3 channels, not 4") {
        _ = Image(width: 2, height: 2, color: [1, 2, 3, 4])
    },
    Trap(
        "Image: a picture cannot have -1×2 pixels; both sides must be positive, and their product must fit in memory"
    ) {
        _ = Image(width: -1, height: 2, color: [1])
    },
    .unlocated("Image: 1 bytes are not 2×2 pixels of 3 channels") {
        var image = picture(2, 2)
        image.pixels = [1]
    },
    .unlocated("Image: (2, 0) is outside of 2×2 pixels") { _ = picture(2, 2)[2, 0] },
    Trap("cropped: the rectangle 3×1 at (1, 0) does not lie within 3×3 pixels") {
        _ = picture(3, 3).cropped(to: PixelRect(x: 1, y: 0, width: 3, height: 1))
    },
    Trap("cropped: the rectangle 4×4 at (0, 0) does not lie within 3×3 pixels") {
        _ = picture(3, 3).resized(to: 2, from: PixelRect(Extent(4, 4)))
    },
    Trap(
        "resized: the region 3.0×3.0 at (0.0, 0.0) of a picture of 3×3 pixels cannot become 2×0 pixels; it must lie within the picture, and both be larger than nothing"
    ) {
        _ = picture(3, 3).resized(to: Extent(0, 2))
    },
    Trap(
        "resized: the region 3.0×3.0 at (1.0, 0.0) of a picture of 3×3 pixels cannot become 2×2 pixels; it must lie within the picture, and both be larger than nothing"
    ) {
        _ = picture(3, 3).resized(to: 2, from: Region(x: 1, y: 0, width: 3, height: 3))
    },
    Trap("jpegData: quality 101 is not in 1...100") { _ = picture(3, 3).jpegData(quality: 101) },
    Trap("jpegData: quality 0 is not in 1...100") {
        try picture(3, 3).write(to: URL(filePath: "picture.jpg"), quality: 0)
    },
    Trap("jpegData: JPEG holds at most 65500×65500 pixels, not 65501×1") {
        _ = Image(width: 65501, height: 1, color: [1]).jpegData()
    },
    .unlocated(
        "DecodingRequest: the region 9×9 at (0, 0) does not lie within the photo's 3×3 pixels"
    ) {
        struct Greedy: Vision.Transform {
            func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image { image }
            func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest? {
                DecodingRequest(region: PixelRect(Extent(9, 9))) { picture, _ in picture }
            }
        }
        var generator = RandomGenerator(seed: 1)
        _ = try Image(decoding: picture(3, 3).pngData, for: Greedy(), using: &generator)
    },
]
