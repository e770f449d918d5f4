// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A change to a picture, with torchvision's meaning and defaults. What is random in it comes from the generator alone.
///
/// A transform of one's own needs one method:
/// ```swift
/// struct Invert: Transform {
///     func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
///         var result = image
///         result.pixels = image.pixels.map { 255 - $0 }
///         return result
///     }
/// }
/// ```
public protocol Transform: Sendable {
    func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image

    /// What this transform, as the first of a chain, wants of a photo of the given size, so that no more is decoded; nil
    /// if it wants the whole photo. It draws from the generator what `callAsFunction` would draw.
    func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest?
}

extension Transform {
    public func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest? { nil }
}
