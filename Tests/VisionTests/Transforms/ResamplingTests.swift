// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing
import Vision

@Suite struct ResamplingTests {
    private func noise(_ width: Int, _ height: Int, _ channels: Int) -> Image {
        var generator = RandomGenerator(seed: UInt64(width))
        let pixels = (0..<width * height * channels).map { _ in
            UInt8(truncatingIfNeeded: generator.nextWord())
        }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    @Test(arguments: [1, 3], [Interpolation.bilinear, .bicubic])
    func theLoopsOfAllInstructionSetsGiveTheSameBits(channels: Int, interpolation: Interpolation) {
        var generator = RandomGenerator(seed: 8)
        for _ in 0..<60 {
            let sides = (0..<4).map { _ in 1 + Int(generator.uniform() * 90) }
            let source = noise(sides[0], sides[1], channels)
            let (width, height) = (Double(sides[0]), Double(sides[1]))
            let part = Region(
                x: width * 0.25 * Double(generator.uniform()), y: height * 0.25 * Double(generator.uniform()),
                width: width * 0.7, height: height * 0.7)
            for region in [Region(PixelRect(source.size)), part] {
                let size = Extent(sides[2], sides[3])
                #expect(
                    source.resized(to: size, from: region, interpolation, loops: .best)
                        == source.resized(to: size, from: region, interpolation, loops: .portable),
                    "\(source.size) to \(size), \(region)")
            }
        }
    }

    @Test func oneColourStaysThatColour() {
        let flat = Image(width: 31, height: 17, color: [255, 0, 77])
        for size in [Extent(1), Extent(5, 40), Extent(100, 3), Extent(17, 31)] {
            for interpolation in [Interpolation.nearest, .bilinear, .bicubic] {
                #expect(
                    flat.resized(to: size, interpolation)
                        == Image(width: size.width, height: size.height, color: [255, 0, 77]))
            }
        }
    }

    @Test func aRegionCountsPixelsBesideIt() {
        let step = Image(width: 4, height: 1, channels: 1, pixels: [0, 0, 200, 200])
        let alone = step.resized(to: Extent(1, 4), from: PixelRect(x: 2, y: 0, width: 2, height: 1))
        #expect(alone.pixels == [200, 200, 200, 200])
        let inPlace = step.resized(to: Extent(1, 4), from: Region(x: 2, y: 0, width: 2, height: 1))
        #expect(inPlace.pixels == [150, 200, 200, 200])
    }
}
