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
