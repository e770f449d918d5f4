// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A change to a picture, with torchvision's meaning and defaults. What is random in it comes from the generator alone.
public protocol Transform: Sendable {
    func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image

    /// The smallest size to which a photo of the given size may be reduced while it is decoded, before this transform;
    /// nil if every pixel counts.
    func smallestUsefulSize(of source: Extent) -> Extent?
}

extension Transform {
    public func smallestUsefulSize(of source: Extent) -> Extent? { nil }
}

/// Transforms one after the other, then `ToTensor` and, if given, `Normalize`: from a photo to a model's input.
/// ```swift
/// let augmentation = Compose([RandomResizedCrop(224), RandomHorizontalFlip()], normalize: .imageNet)
/// ```
public struct Compose: Sendable {
    public let transforms: [any Transform]
    public let normalize: Normalize?

    public init(_ transforms: [any Transform], normalize: Normalize? = nil) {
        self.transforms = transforms
        self.normalize = normalize
    }

    /// The transforms without the last step to numbers.
    public func image(_ image: Image, using generator: inout RandomGenerator) -> Image {
        transforms.reduce(image) { $1($0, using: &generator) }
    }

    /// `[3, H, W]`, or `[1, H, W]` where the normalisation is of one channel.
    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Tensor {
        let changed = self.image(image.rgb, using: &generator)
        return (normalize ?? .none).tensor(of: changed)
    }

    /// How a file is to be decoded for these transforms.
    func decoding(_ options: DecodingOptions, of source: Extent) -> DecodingOptions {
        var options = options
        options.smallestUsefulSize = transforms.first?.smallestUsefulSize(of: source)
        return options
    }
}
