// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// Transforms one after the other, then `ToTensor` and, if given, `Normalize`: from a photo to a model's
/// input.
/// ```swift
/// let augmentation = Compose([RandomResizedCrop(224), RandomHorizontalFlip()], normalize: .imageNet)
/// ```
public struct Compose: Sendable {
    /// Applied in this order.
    public let transforms: [any Transform]
    /// The last step. Nil leaves the numbers in 0 … 1.
    public let normalize: Normalize?
    /// The last step, from pixels to numbers.
    let numbers: PixelNumbers

    /// A chain of transforms, in the order given.
    public init(_ transforms: [any Transform], normalize: Normalize? = nil) {
        self.transforms = transforms
        self.normalize = normalize
        numbers = PixelNumbers(normalize ?? .none)
    }

    /// The transforms without the last step. Grey pictures become RGB first.
    public func image(_ image: Image, using generator: inout RandomGenerator) -> Image {
        picture(image, using: &generator).image
    }

    private func picture(_ image: Image, using generator: inout RandomGenerator) -> Picture {
        transforms.reduce(.pixels(image.rgb)) { $1.applied(to: $0, using: &generator) }
    }

    /// `[3, H, W]`, or `[1, H, W]` after `Grayscale()`
    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Tensor {
        numbers.tensor(of: picture(image, using: &generator))
    }

    /// Decodes a file and transforms it. Parts that the first transform does not ask for are not decoded.
    func picture(
        _ file: EncodedImage, _ options: DecodingOptions, using generator: inout RandomGenerator
    ) throws(ImageError) -> Picture {
        guard let first = transforms.first else { return .pixels(try file.decoded(options).rgb) }
        let begun = try first.picture(of: file, options, using: &generator) { $0.rgb }
        return transforms.dropFirst().reduce(begun) { $1.applied(to: $0, using: &generator) }
    }
}
