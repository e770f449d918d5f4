// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing
import Vision

@Suite struct ComposeTests {
    @Test func theNumbersAreToTensorAndNormalizeToTheBit() throws {
        var generator = RandomGenerator(seed: 0)
        let source = try Fixture.operation("source")
        for normalize in [Normalize.imageNet, .half, .none] {
            let together = Compose([], normalize: normalize)(source, using: &generator)
            #expect(together.shape == [3, 29, 37])
            #expect(together.floats == normalize(ToTensor()(source)).floats)
        }
    }

    @Test func greyStaysGreyWhereItIsAskedFor() throws {
        var generator = RandomGenerator(seed: 0)
        let source = try Fixture.operation("source")
        let one = Normalize(mean: [0.5], deviation: [0.25])
        let tensor = Compose([Grayscale(), Resize(10)], normalize: one)(source, using: &generator)
        #expect(tensor.shape == [1, 10, 12])
        #expect(tensor.floats.allSatisfy { $0 >= -2 && $0 <= 2 })
    }

    /// Resizing is put off until the crops and flips behind it are known; nobody should notice.
    @Test(arguments: [Interpolation.nearest, .bilinear, .bicubic])
    func chainsGiveWhatTheirTransformsGiveOneByOne(_ interpolation: Interpolation) throws {
        let source = try Fixture.operation("source")
        let (mirror, flip) = (RandomHorizontalFlip(probability: 1), RandomVerticalFlip(probability: 1))
        let resize = Resize(height: 21, width: 26, interpolation: interpolation)
        let chains: [[any Transform]] = [
            [resize], [resize, mirror], [resize, flip], [resize, CenterCrop(15)],
            [resize, mirror, CenterCrop(height: 8, width: 19), flip],
            [resize, CenterCrop(15), mirror, flip, CenterCrop(height: 10, width: 7), mirror],
            [resize, CenterCrop(height: 40, width: 9), mirror], [resize, Grayscale(outputChannels: 3), flip],
            [Resize(height: 29, width: 37), mirror, flip],
            [RandomResizedCrop(17, interpolation: interpolation), mirror, resize, CenterCrop(11)],
            [RandomRotation(20), resize, RandomRotation(20), mirror],
        ]
        for (number, chain) in chains.enumerated() {
            var (one, other) = (RandomGenerator(seed: 5), RandomGenerator(seed: 5))
            let expected = chain.reduce(source) { $1($0, using: &one) }
            let compose = Compose(chain, normalize: .imageNet)
            var again = other
            #expect(compose.image(source, using: &other) == expected, "chain \(number)")
            let numbers = compose(source, using: &again)
            #expect(numbers.floats == Normalize.imageNet(ToTensor()(expected)).floats, "chain \(number)")
        }
    }

    @Test func aTransformOfOnesOwnFitsIn() throws {
        struct Invert: Transform {
            func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
                var result = image
                result.pixels = image.pixels.map { 255 - $0 }
                return result
            }
        }
        var generator = RandomGenerator(seed: 0)
        let image = Image(width: 2, height: 1, color: [0, 100, 255])
        #expect(Compose([Invert()]).image(image, using: &generator)[1, 0] == [255, 155, 0])
    }
}
