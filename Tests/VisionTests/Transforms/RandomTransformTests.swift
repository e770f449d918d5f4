// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// What is random, by the numbers.
@Suite struct RandomTransformTests {
    /// A square photo takes any rectangle up to a share of 3/4 at the first try, so that nothing bends the
    /// distribution.
    @Test func cropsAreUniformInAreaInTheRatiosLogarithmAndInPlace() {
        let crop = RandomResizedCrop(8, scale: 0.1...0.7)
        var generator = RandomGenerator(seed: 9)
        let count = 8000
        var (shares, ratios, places) = ([Int](repeating: 0, count: 4), [0, 0, 0, 0], [0, 0, 0, 0])
        func quarter(_ value: Double) -> Int { min(max(Int(value * 4), 0), 3) }
        for _ in 0..<count {
            let rect = crop.rectangle(in: Extent(2000), using: &generator)
            #expect(rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= 2000 && rect.y + rect.height <= 2000)
            shares[quarter((Double(rect.width * rect.height) / 4e6 - 0.1) / 0.6)] += 1
            let logarithm = log(Double(rect.width) / Double(rect.height))
            ratios[quarter(0.5 + logarithm / (2 * log(4.0 / 3)))] += 1
            places[quarter(Double(rect.x) / Double(2000 - rect.width))] += 1
        }
        for (name, counts) in [("areas", shares), ("ratios", ratios), ("places", places)] {
            // Five standard deviations of a quarter's count.
            #expect(counts.allSatisfy { abs($0 - count / 4) < 200 }, "\(name): \(counts)")
        }
    }

    @Test(arguments: [
        Extent(1), Extent(1, 50), Extent(50, 1), Extent(2, 3), Extent(7, 5000), Extent(5000, 7),
    ])
    func rectanglesAreInsideHoweverThinThePhoto(source: Extent) {
        var generator = RandomGenerator(seed: 2)
        for crop in [RandomResizedCrop(8), RandomResizedCrop(8, scale: 0.9...1, ratio: 2...3)] {
            for _ in 0..<500 {
                let rect = crop.rectangle(in: source, using: &generator)
                #expect(
                    rect.x >= 0 && rect.y >= 0 && rect.width > 0 && rect.height > 0
                        && rect.x + rect.width <= source.width && rect.y + rect.height <= source.height)
            }
        }
    }

    @Test func theLargestAllowedRectangleIsTheFallback() {
        var generator = RandomGenerator(seed: 2)
        // torchvision: the height is that of the photo, the width round(height · 4/3); or the other way.
        let whole = RandomResizedCrop(8, scale: 1...1)
        #expect(
            whole.rectangle(in: Extent(100, 500), using: &generator)
                == PixelRect(x: 183, y: 0, width: 133, height: 100))
        #expect(
            whole.rectangle(in: Extent(500, 99), using: &generator)
                == PixelRect(x: 0, y: 184, width: 99, height: 132))
    }

    @Test func aCropIsItsRectangleResized() throws {
        let source = try Fixture.operation("source")
        let crop = RandomResizedCrop(16, interpolation: .bicubic)
        for seed in 0..<40 as Range<UInt64> {
            var (a, b) = (RandomGenerator(seed: seed), RandomGenerator(seed: seed))
            let rect = crop.rectangle(in: Extent(source.height, source.width), using: &a)
            #expect(crop(source, using: &b) == source.cropped(to: rect).resized(to: 16, .bicubic))
            #expect(a == b)
        }
    }

    /// A strip's crop has few rows: decoded at a fraction it would have to be enlarged, and fine stripes
    /// would be gone.
    @Test func aStripIsNotReducedTooFar() throws {
        let stripes = Image(
            width: 3000, height: 100, channels: 1,
            pixels: (0..<300_000).map { $0 % 3000 / 2 % 2 == 0 ? 255 : 0 })
        let scratch = try Scratch()
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(
                at: scratch.url.appending(path: name), withIntermediateDirectories: true)
            try stripes.write(to: scratch.url.appending(path: "\(name)/1.jpg"), quality: 95)
        }
        let data = try ImageFolder(scratch.url).transformed(
            by: Compose([RandomResizedCrop(64, scale: 0.25...1)]))
        for seed in 0..<20 as Range<UInt64> {
            var generator = RandomGenerator(seed: seed)
            let levels = try data.sample(at: 0, using: &generator).image.floats
            let mean = levels.reduce(0, +) / Float(levels.count)
            let variance = levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(levels.count)
            #expect(variance.squareRoot() > 0.1)
        }
    }

    @Test(arguments: [Float(0), 0.1, 0.5, 0.9, 1])
    func flipsHappenWithTheirProbability(probability: Float) {
        let image = Image(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4])
        var generator = RandomGenerator(seed: 4)
        for flip: any Transform in [
            RandomHorizontalFlip(probability: probability), RandomVerticalFlip(probability: probability),
        ] {
            let share = Float((0..<4000).count { _ in flip(image, using: &generator) != image }) / 4000
            #expect(abs(share - probability) <= 4 * (probability * (1 - probability) / 4000).squareRoot())
        }
    }

    @Test func rotationsFillTheirRange() {
        var generator = RandomGenerator(seed: 4)
        let line = Image(
            width: 101, height: 101, channels: 1, pixels: (0..<101 * 101).map { $0 / 101 == 50 ? 255 : 0 })
        let rotation = RandomRotation(30)
        let angles = (0..<400).map { _ -> Double in
            let image = rotation(line, using: &generator)
            let row = (0..<101).first { image[90, $0].first == 255 } ?? 50
            return atan2(50 - Double(row), 40) * 180 / .pi
        }
        #expect(angles.allSatisfy { abs($0) < 32 })
        #expect(angles.min()! < -27 && angles.max()! > 27)
        #expect(abs(angles.reduce(0, +) / 400) < 5)
    }

    @Test func jitterChangesInEveryOrderAndStaysInItsRange() {
        let grey = Image(width: 4, height: 4, color: [100, 100, 100])
        var generator = RandomGenerator(seed: 4)
        let levels = (0..<1000).map { _ in ColorJitter(brightness: 0.5)(grey, using: &generator).pixels[0] }
        #expect(levels.min()! >= 50 && levels.min()! < 53 && levels.max()! <= 150 && levels.max()! > 147)
        let mean = levels.reduce(0) { $0 + Int($1) } / 1000
        #expect(abs(mean - 100) < 5)
        // One brighter half: contrast after brightness is not brightness after contrast.
        let halves = Image(width: 2, height: 1, channels: 1, pixels: [40, 200])
        let jitter = ColorJitter(brightness: 0.9, contrast: 0.9)
        #expect(Set((0..<200).map { _ in jitter(halves, using: &generator).pixels }).count > 150)
        #expect(ColorJitter(saturation: 0.9, hue: 0.5)(halves, using: &generator) == halves)
    }
}
