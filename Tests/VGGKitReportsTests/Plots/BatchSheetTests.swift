// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit
import VGGKitReports

@Suite struct BatchSheetTests {
    /// Pixels of two images of 48 × 32, as a network takes them.
    private func batch(_ normalize: Normalize) throws -> (images: [Image], batch: Batch) {
        let images = (0..<2).map { number in
            Image(
                width: 48, height: 32, channels: 3,
                pixels: (0..<48 * 32 * 3).map { UInt8(($0 * 7 + number * 100) % 256) })
        }
        struct Pixels: Dataset {
            let images: [Image]
            let normalize: Normalize
            var count: Int { images.count }
            func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
                Sample(picture: images[index], normalize: normalize, label: 1 - index)
            }
        }
        let loader = DataLoader(Pixels(images: images, normalize: normalize), batchSize: 2, workers: 0)
        return (images, try #require(try loader.batches(epoch: 0).next()))
    }

    @Test(arguments: [Normalize.imageNet, .half, .none])
    func theImagesAreThoseBeforeTheyWereNormalised(normalize: Normalize) throws {
        let (images, batch) = try batch(normalize)
        let sheet = BatchSheet(batch, classes: ["a", "b"], normalize: normalize)
        #expect(sheet.captions == ["b", "a"])
        // Each pixel becomes a square of two, beginning after a gap of eight.
        let picture = sheet.image
        for (index, image) in images.enumerated() {
            for y in 0..<64 {
                for x in 0..<96 {
                    #expect(picture[8 + index * 104 + x, 8 + y] == image[x / 2, y / 2])
                }
            }
        }
    }

    @Test func imagesStandInRows() throws {
        let images = Tensor.zeros([7, 1, 128, 128])
        var sheet = BatchSheet(
            images: images, captions: (0..<7).map(String.init),
            normalize: Normalize(mean: [0], deviation: [1]))
        #expect(sheet.image.width == 4 * 136 + 8 && sheet.image.height == 2 * 156 + 8)
        sheet.columns = 7
        #expect(sheet.image.width == 7 * 136 + 8 && sheet.image.height == 156 + 8)
    }

    @Test func captionsAreWrittenAndLongOnesShortened() {
        func inked(_ caption: String) -> Set<Int> {
            let sheet = BatchSheet(
                images: Tensor.ones([1, 3, 96, 96]), captions: [caption], normalize: .none)
            let picture = sheet.image
            return Set((105..<132).flatMap { y in (0..<112).filter { picture[$0, y].first! < 128 } })
        }
        #expect(inked("").isEmpty)
        #expect(!inked("rose").isEmpty)
        let long = inked(String(repeating: "long ", count: 30))
        #expect(long.max()! < 106 && long.max()! > 80)
    }

    @Test func numbersBeyondPixelsAreCut() {
        let picture = BatchSheet(
            images: Tensor([-5, 0.5, 7, .nan] as [Float], shape: [1, 1, 1, 4]), captions: [""],
            normalize: Normalize(mean: [0], deviation: [1])
        ).image
        #expect((0..<4).map { picture[8 + 24 * $0 + 12, 20].first! } == [0, 128, 255, 0])
    }
}
