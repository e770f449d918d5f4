// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Decoding what a transform asks for gives what decoding everything would have given.
@Suite struct PartialDecodingTests {
    /// A picture of noise over gradients: where something is shifted or smoothed wrongly, it shows.
    private static func noisy(_ width: Int, _ height: Int, channels: Int = 3) -> Image {
        var generator = RandomGenerator(seed: 9)
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<channels {
                    let level = (x * 3 + y * (channel + 1)) % 200 + Int(generator.uniform() * 55)
                    pixels.append(UInt8(level))
                }
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    private static let files: [(name: String, data: Data)] = [
        ("halved chroma", noisy(141, 97).jpegData(quality: 95)),
        ("full chroma", noisy(141, 97).jpegData(quality: 95, subsampling: .none)),
        ("grey", noisy(141, 97, channels: 1).jpegData(quality: 95)),
        ("tall", noisy(33, 260).jpegData(quality: 95)),
    ]

    private static let named: [(name: String, data: Data)] = {
        let names = ["progressive.jpg", "cmyk.jpg", "rgb.png"] + (1...8).map { "orientation-\($0).jpg" }
        return names.compactMap { name in (try? Fixture.file(name)).map { (name, $0) } }
    }()

    /// The first transform of a chain: cuts out a fixed rectangle.
    private struct Cut: Transform {
        let rect: PixelRect
        var smallest: Extent?

        func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
            image.cropped(to: rect)
        }

        func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest? {
            DecodingRequest(region: rect, smallestSize: smallest) { picture, _ in picture }
        }
    }

    private func randomRect(in size: Extent, _ generator: inout RandomGenerator) -> PixelRect {
        let width = 1 + Int(generator.uniform() * Float(size.width))
        let height = 1 + Int(generator.uniform() * Float(size.height))
        return PixelRect(
            x: Int(generator.uniform() * Float(size.width - width + 1)),
            y: Int(generator.uniform() * Float(size.height - height + 1)), width: width, height: height)
    }

    @Test func aPartIsThatOfTheWhole() throws {
        var generator = RandomGenerator(seed: 4)
        for (name, data) in Self.files + Self.named {
            let whole = try Image(decoding: data)
            for _ in 0..<60 {
                let rect = randomRect(in: whole.size, &generator)
                let part = try Image(decoding: data, for: Cut(rect: rect), using: &generator)
                #expect(part == whole.cropped(to: rect), "\(name), \(rect)")
            }
        }
    }

    @Test(arguments: [1, 2, 4])
    func aPartOfAReducedPhotoIsThatOfTheReducedWhole(eighths: Int) throws {
        var generator = RandomGenerator(seed: 5)
        for (name, data) in Self.files {
            var options = DecodingOptions()
            let full = try Image(decoding: data).size
            options.smallestUsefulSize = Extent(full.height * eighths / 8, full.width * eighths / 8)
            let reduced = try Image(decoding: data, options)
            for _ in 0..<40 {
                // On whole pixels of the reduced photo, so that both can be compared.
                let small = randomRect(
                    in: Extent(full.height * eighths / 8, full.width * eighths / 8), &generator)
                let scale = 8 / eighths
                let rect = PixelRect(
                    x: small.x * scale, y: small.y * scale, width: small.width * scale,
                    height: small.height * scale)
                let part = try Image(
                    decoding: data, for: Cut(rect: rect, smallest: small.size), using: &generator)
                #expect(part == reduced.cropped(to: small), "\(name), \(rect)")
            }
        }
    }

    @Test func orientedPhotosAreReducedToo() throws {
        for orientation in 1...8 {
            let data = try Fixture.file("orientation-\(orientation).jpg")
            let crop = RandomResizedCrop(4, scale: 0.3...0.6)
            let exact = RandomResizedCrop(4, scale: 0.3...0.6, allowsScaledDecoding: false)
            for seed in 0..<20 {
                var (a, b, c) = (
                    RandomGenerator(seed: UInt64(seed)), RandomGenerator(seed: UInt64(seed)),
                    RandomGenerator(seed: UInt64(seed))
                )
                let whole = crop(try Image(decoding: data), using: &a)
                #expect(try Image(decoding: data, for: exact, using: &b) == whole)
                let reduced = try Image(decoding: data, for: crop, using: &c)
                let distance = zip(reduced.pixels, whole.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
                #expect(distance / whole.pixels.count < 16, "orientation \(orientation), seed \(seed)")
                #expect(a == b && a == c)
            }
        }
    }

    @Test func theMiddleIsAllThatIsDecoded() throws {
        var generator = RandomGenerator(seed: 0)
        let data = Self.files[0].data
        let middle = CenterCrop(50)
        #expect(
            try Image(decoding: data, for: middle, using: &generator)
                == middle(Image(decoding: data), using: &generator))
        let larger = CenterCrop(200)
        #expect(
            try Image(decoding: data, for: larger, using: &generator)
                == larger(Image(decoding: data), using: &generator))
    }

    /// Where the rows that are needed come before the damage, only the missing end tells.
    @Test func aTruncatedFileIsAnErrorWhateverPartIsAskedFor() throws {
        var generator = RandomGenerator(seed: 0)
        let data = Self.files[0].data
        let top = Cut(rect: PixelRect(x: 10, y: 0, width: 20, height: 4))
        for length in stride(from: data.count / 2, to: data.count - 1, by: 97) {
            #expect(throws: ImageError.self, "\(length) bytes") {
                try Image(decoding: data.prefix(length), for: top, using: &generator)
            }
        }
    }
}
