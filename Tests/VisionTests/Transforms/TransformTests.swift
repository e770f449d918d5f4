// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing
import Vision

@Suite struct TransformTests {
    @Test(arguments: [-30, 10, 45, 90, 137])
    func rotationsArePillows(angle: Int) throws {
        let source = try Fixture.operation("source")
        for interpolation in [Interpolation.nearest, .bilinear] {
            var generator = RandomGenerator(seed: 0)
            let rotation = RandomRotation(Float(angle)...Float(angle), interpolation: interpolation)
            expectEqual(
                rotation(source, using: &generator),
                try Fixture.operation("rotate-\(interpolation)-\(angle)"),
                levels: interpolation == .nearest ? 0 : 1)
        }
    }

    @Test(arguments: [Float(0), 0.5, 1, 1.7])
    func enhancementsArePillows(factor: Float) throws {
        let source = try Fixture.operation("source")
        expectEqual(source.blended(with: 0, factor), try Fixture.operation("brightness-\(factor)"))
        expectEqual(
            source.blended(with: source.meanLuminance, factor), try Fixture.operation("contrast-\(factor)"),
            levels: 0)
        expectEqual(source.saturated(by: factor), try Fixture.operation("saturation-\(factor)"))
    }

    @Test(arguments: [Float(-0.5), -0.1, 0.25])
    func hueShiftsAreTorchvisions(turns: Float) throws {
        expectEqual(
            try Fixture.operation("source").hueShifted(by: turns), try Fixture.operation("hue-\(turns)"),
            levels: 0)
    }

    @Test func luminanceIsPillows() throws {
        var generator = RandomGenerator(seed: 0)
        let source = try Fixture.operation("source")
        expectEqual(Grayscale()(source, using: &generator), try Fixture.operation("luminance"))
        let three = Grayscale(outputChannels: 3)(source, using: &generator)
        #expect(three.channels == 3 && three[4, 4].allSatisfy { $0 == three[4, 4].first })
    }

    @Test(arguments: [("edge", Pad.Mode.edge), ("reflect", .reflect), ("symmetric", .symmetric)])
    func bordersAreNumPys(name: String, mode: Pad.Mode) throws {
        var generator = RandomGenerator(seed: 0)
        let padded = Pad(left: 3, top: 2, right: 1, bottom: 4, mode: mode)(
            try Fixture.operation("source"), using: &generator)
        expectEqual(padded, try Fixture.operation("pad-\(name)"))
    }

    @Test func aConstantBorder() {
        var generator = RandomGenerator(seed: 0)
        let padded = Pad(1, mode: .constant(7))(Image(width: 1, height: 1, color: [9]), using: &generator)
        #expect(padded.pixels == [7, 7, 7, 7, 9, 7, 7, 7, 7])
    }

    @Test func flipsHappenAsOftenAsTheySay() {
        let image = Image(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4])
        var generator = RandomGenerator(seed: 0)
        #expect(RandomHorizontalFlip(probability: 1)(image, using: &generator).pixels == [2, 1, 4, 3])
        #expect(RandomVerticalFlip(probability: 1)(image, using: &generator).pixels == [3, 4, 1, 2])
        #expect(RandomHorizontalFlip(probability: 0)(image, using: &generator) == image)
        let flips = (0..<2000).count { _ in RandomHorizontalFlip()(image, using: &generator) != image }
        #expect(abs(flips - 1000) < 120)
    }

    @Test func jitterStaysWithinItsBounds() throws {
        let source = try Fixture.operation("source")
        let jitter = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)
        var (a, b) = (RandomGenerator(seed: 1), RandomGenerator(seed: 1))
        let first = jitter(source, using: &a)
        #expect(first == jitter(source, using: &b) && first != source)
        #expect(ColorJitter()(source, using: &a) == source)
    }

    @Test func numbersFromLevels() {
        let image = Image(width: 2, height: 1, channels: 3, pixels: [0, 51, 255, 255, 0, 102])
        let plain = ToTensor()(image)
        #expect(plain.shape == [3, 1, 2])
        #expect(zip(plain.floats, [0, 1, 0.2, 0, 1, 0.4] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
        var generator = RandomGenerator(seed: 0)
        let together = Compose([], normalize: .imageNet)(image, using: &generator)
        let apart = Normalize.imageNet(plain)
        #expect(zip(together.floats, apart.floats).allSatisfy { $0 == $1 })
    }

    @Test func composedTransformsGiveOneShape() throws {
        var generator = RandomGenerator(seed: 0)
        let transform = Compose([RandomResizedCrop(20), RandomHorizontalFlip()], normalize: .half)
        for name in ["source", "luminance"] {
            let tensor = transform(try Fixture.operation(name), using: &generator)
            #expect(tensor.shape == [3, 20, 20])
            #expect(tensor.floats.allSatisfy { $0 >= -1.001 && $0 <= 1.001 })
        }
    }
}
