// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A change to a picture, with torchvision's meaning and defaults. All randomness comes from the generator.
/// Your own transform needs one method:
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
    /// The changed picture.
    func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image

    /// The part of a photo of the given size that this transform needs if it is the first of a chain, so that
    /// no more is decoded; nil for the whole photo. It must draw the same random numbers as `callAsFunction`.
    func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest?
}

extension Transform {
    public func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest? { nil }
}
