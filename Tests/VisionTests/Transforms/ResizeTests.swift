// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing
import Vision

@Suite struct ResizeTests {
    @Test(
        arguments: [Interpolation.bilinear, .bicubic, .nearest],
        [(16, 16), (11, 23), (74, 58), (50, 17), (37, 10)])
    func levelsArePillows(interpolation: Interpolation, size: (Int, Int)) throws {
        let source = try Fixture.operation("source")
        let resized = source.resized(to: Extent(size.1, size.0), interpolation)
        expectEqual(
            resized, try Fixture.operation("resize-\(interpolation)-\(size.0)x\(size.1)"),
            // Pillow 13 resamples columns first where a picture grows wider and lower.
            levels: size == (50, 17) && interpolation != .nearest ? 1 : 0)
    }

    @Test(arguments: [Interpolation.bilinear, .bicubic, .nearest])
    func greyToo(interpolation: Interpolation) throws {
        expectEqual(
            try Fixture.operation("luminance").resized(to: 16, interpolation),
            try Fixture.operation("resize-grey-\(interpolation)-16x16"))
    }

    @Test func aRectangleIsResizedAsIfItWereAPictureOfItsOwn() throws {
        let rect = PixelRect(x: 5, y: 3, width: 25, height: 22)
        expectEqual(
            try Fixture.operation("source").resized(to: 16, from: rect), try Fixture.operation("crop-resize"))
    }

    /// torchvision: the shorter side becomes `size`, the other `int(size · longer / shorter)`.
    @Test(arguments: [
        ((37, 29), 16, (20, 16)), ((29, 37), 16, (16, 20)), ((500, 333), 256, (384, 256)),
        ((10, 10), 3, (3, 3)),
    ])
    func theShorterSideDecides(source: (Int, Int), size: Int, result: (Int, Int)) {
        var generator = RandomGenerator(seed: 0)
        let image = Resize(size)(Image(width: source.0, height: source.1, color: [9]), using: &generator)
        #expect((image.width, image.height) == result)
    }

    @Test func aThinPictureKeepsAPixel() {
        var generator = RandomGenerator(seed: 0)
        let image = Resize(height: 1, width: 300)(
            Image(width: 1, height: 900, color: [1, 2, 3]), using: &generator)
        #expect((image.width, image.height) == (300, 1))
    }
}

@Suite struct CenterCropTests {
    private func crop(_ width: Int, _ height: Int, to size: Int) -> Image {
        var generator = RandomGenerator(seed: 0)
        let ramp = Image(
            width: width, height: height, channels: 1,
            pixels: (0..<width * height).map { UInt8($0 % 251 + 1) })
        return CenterCrop(size)(ramp, using: &generator)
    }

    @Test func theMiddleIsTaken() {
        #expect(crop(5, 5, to: 3).pixels == [7, 8, 9, 12, 13, 14, 17, 18, 19])
        // Half a pixel is rounded to even: (4 - 3) / 2 → 0, (6 - 3) / 2 → 2.
        #expect(crop(4, 4, to: 3).pixels.first == 1)
        #expect(crop(6, 6, to: 3).pixels.first == 15)
    }

    @Test func whatIsMissingIsBlack() {
        let image = crop(2, 2, to: 5)
        #expect(image.pixels.count { $0 != 0 } == 4)
        // torchvision pads (5 - 2) // 2 = 1 before and 2 after.
        #expect(image[1, 1] == [1] && image[2, 2] == [4])
    }
}

@Suite struct RandomResizedCropTests {
    @Test func rectanglesStayInsideAndFollowScaleAndRatio() {
        let crop = RandomResizedCrop(8, scale: 0.2...0.5)
        var generator = RandomGenerator(seed: 3)
        for _ in 0..<2000 {
            let rect = crop.rectangle(in: Extent(200, 300), using: &generator)
            #expect(rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= 300 && rect.y + rect.height <= 200)
            let share = Float(rect.width * rect.height) / 60000
            #expect(share > 0.19 && share < 0.51)
            let ratio = Float(rect.width) / Float(rect.height)
            #expect(ratio > 0.73 && ratio < 1.36)
        }
    }

    @Test func aStripFallsBackToItsMiddle() {
        var generator = RandomGenerator(seed: 3)
        let rect = RandomResizedCrop(8).rectangle(in: Extent(10, 1000), using: &generator)
        #expect(rect.height <= 10 && rect.width <= 1000 && rect.width > 0)
        let full = RandomResizedCrop(8, scale: 1...1).rectangle(in: Extent(10, 1000), using: &generator)
        #expect(full == PixelRect(x: 493, y: 0, width: 13, height: 10))
    }

    @Test func oneGeneratorOneCrop() throws {
        let source = try Fixture.operation("source")
        var (a, b, c) = (RandomGenerator(seed: 1), RandomGenerator(seed: 1), RandomGenerator(seed: 2))
        let crop = RandomResizedCrop(12)
        let first = crop(source, using: &a)
        #expect(first == crop(source, using: &b))
        #expect(first != crop(source, using: &c))
    }

    /// No crop of a photo that was reduced while decoding has fewer pixels than are asked for, unless the
    /// photo has.
    @Test func reducedDecodingNeverEnlarges() {
        let crop = RandomResizedCrop(64, scale: 0.05...1)
        var generator = RandomGenerator(seed: 5)
        for source in [Extent(256, 341), Extent(1000, 300), Extent(3000, 4000)] {
            for _ in 0..<500 {
                let request = crop.request(of: source, using: &generator)!
                let rect = request.region
                #expect(rect.width * request.part.eighths >= min(64, rect.width) * 8)
                #expect(rect.height * request.part.eighths >= min(64, rect.height) * 8)
            }
        }
    }

    @Test func theRequestIsForTheRectangleThatWouldBeCropped() {
        let crop = RandomResizedCrop(64)
        var (a, b) = (RandomGenerator(seed: 5), RandomGenerator(seed: 5))
        for _ in 0..<50 {
            let rect = crop.rectangle(in: Extent(300, 400), using: &a)
            #expect(crop.request(of: Extent(300, 400), using: &b)?.region == rect)
        }
        #expect(a == b)
    }
}
