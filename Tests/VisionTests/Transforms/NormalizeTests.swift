// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

@Suite struct NormalizeTests {
    private let image = Image(width: 3, height: 2, channels: 3, pixels: (0..<18).map { UInt8($0 * 15) })

    @Test func eachChannelHasItsMeanAndDeviation() {
        let normalize = Normalize(mean: [0.1, 0.2, 0.3], deviation: [1, 0.5, 0.25])
        var generator = RandomGenerator(seed: 0)
        let tensor = Compose([], normalize: normalize)(image, using: &generator)
        #expect(tensor.shape == [3, 2, 3])
        let floats = tensor.floats
        for channel in 0..<3 {
            for place in 0..<6 {
                let level = Float(image.pixels[place * 3 + channel]) / 255
                let wanted = (level - normalize.mean[channel]) / normalize.deviation[channel]
                #expect(abs(floats[channel * 6 + place] - wanted) < 1e-6)
            }
        }
    }

    @Test func theChannelsOfAPixelAreNeighboursInMemory() {
        var generator = RandomGenerator(seed: 0)
        #expect(ToTensor()(image).strides == [1, 9, 3])
        #expect(Compose([], normalize: .imageNet)(image, using: &generator).strides == [1, 9, 3])
    }

    /// As torchvision broadcasts.
    @Test func oneMeanIsForAllChannels() {
        let one = Normalize(mean: [0.5], deviation: [0.25])
        let three = Normalize(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25])
        var generator = RandomGenerator(seed: 0)
        let expected = Compose([], normalize: three)(image, using: &generator).floats
        #expect(Compose([], normalize: one)(image, using: &generator).floats == expected)
        #expect(one(ToTensor()(image)).floats == expected)
    }

    @Test func greyPhotosBecomeThreeChannels() {
        let grey = Image(width: 2, height: 1, channels: 1, pixels: [0, 255])
        var generator = RandomGenerator(seed: 0)
        #expect(Compose([])(grey, using: &generator).floats == [0, 1, 0, 1, 0, 1])
        #expect(Compose([Grayscale()])(grey, using: &generator).shape == [1, 1, 2])
        #expect(ToTensor()(grey).shape == [1, 1, 2])
    }

    @Test func anExportedNormalizationReadsBackAndAWrongOneIsAnError() throws {
        let data = try JSONEncoder().encode(Normalize.imageNet)
        #expect(try JSONDecoder().decode(Normalize.self, from: data) == .imageNet)
        for text in [
            #"{"mean": [0, 0], "deviation": [1, 1]}"#, #"{"mean": [0], "deviation": [0]}"#,
            #"{"mean": [0, 0, 0], "deviation": [1]}"#, "{}",
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Normalize.self, from: Data(text.utf8))
            }
        }
    }
}
