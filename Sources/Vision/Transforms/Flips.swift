// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// Mirrors left and right with a probability. As torchvision's `RandomHorizontalFlip`.
public struct RandomHorizontalFlip: Transform, LazyTransform {
    /// Probability of a flip, 0 to 1.
    public let probability: Float

    /// A flip of the given probability, 0 to 1.
    public init(probability: Float = 0.5, file: StaticString = #fileID, line: UInt = #line) {
        check(
            probability >= 0 && probability <= 1, "RandomHorizontalFlip: \(probability) is not a probability",
            file: file, line: line)
        self.probability = probability
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        self(Picture.pixels(image), using: &generator).image
    }

    func callAsFunction(_ picture: Picture, using generator: inout RandomGenerator) -> Picture {
        generator.uniform() < probability ? picture.mirrored : picture
    }
}

/// Mirrors top and bottom with a probability. As torchvision's `RandomVerticalFlip`.
public struct RandomVerticalFlip: Transform, LazyTransform {
    /// Probability of a flip, 0 to 1.
    public let probability: Float

    /// A flip of the given probability, 0 to 1.
    public init(probability: Float = 0.5, file: StaticString = #fileID, line: UInt = #line) {
        check(
            probability >= 0 && probability <= 1, "RandomVerticalFlip: \(probability) is not a probability",
            file: file, line: line)
        self.probability = probability
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        self(Picture.pixels(image), using: &generator).image
    }

    func callAsFunction(_ picture: Picture, using generator: inout RandomGenerator) -> Picture {
        generator.uniform() < probability ? picture.flipped : picture
    }
}
