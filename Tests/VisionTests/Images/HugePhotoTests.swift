// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Testing
import Vision

/// A real JPEG of 30000×30000 grey pixels, ten megabytes of it.
@Suite struct HugePhotoTests {
    /// Every block of 8×8 pixels is the same six bits: no change of the mean (00), nothing else (1010). Four
    /// of them are three bytes.
    private static let data: Data = {
        let small = Image(width: 8, height: 8, color: [128]).jpegData()
        guard let frame = small.firstRange(of: [0xFF, 0xC0]), let scan = small.firstRange(of: [0xFF, 0xDA])
        else { return small }
        var data = small[..<(scan.upperBound + 8)]
        for (offset, byte) in [0x75, 0x30, 0x75, 0x30].enumerated() {
            data[frame.lowerBound + 5 + offset] = UInt8(byte)
        }
        var blocks: [UInt8] = []
        for _ in 0..<3750 * 3750 / 4 { blocks += [0b0010_1000, 0b1010_0010, 0b1000_1010] }
        return data + Data(blocks) + Data([0xFF, 0xD9])
    }()

    @Test func itIsRefusedWhereEveryPixelCounts() {
        #expect(
            throws: ImageError.tooLarge(source: "image data", width: 30000, height: 30000, limit: 178_956_970)
        ) {
            try Image(decoding: Self.data)
        }
    }

    @Test(.enabled(if: isOptimized, "takes long without optimisation"))
    func aTransformThatNeedsLittleTakesIt() throws {
        var generator = RandomGenerator(seed: 1)
        let crop = try Image(decoding: Self.data, for: RandomResizedCrop(64), using: &generator)
        #expect(crop == Image(width: 64, height: 64, color: [128]))
        let resize = Resize(64, allowsScaledDecoding: true)
        #expect(
            try Image(decoding: Self.data, for: resize, using: &generator)
                == Image(width: 64, height: 64, color: [128]))
    }
}
