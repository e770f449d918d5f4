// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import TensorCore

/// A random rectangle of the picture, resized: the augmentation of the Inception papers. As torchvision's
/// `RandomResizedCrop`.
///
/// C. Szegedy et al., "Going Deeper with Convolutions", CVPR 2015.
public struct RandomResizedCrop: Transform, LazyTransform {
    /// The size of the result.
    public let size: Extent
    /// The rectangle's share of the area.
    public let scale: ClosedRange<Float>
    /// Its width over its height.
    public let ratio: ClosedRange<Float>
    /// The interpolation that resizes the rectangle.
    public let interpolation: Interpolation
    private let allowsScaledDecoding: Bool

    /// - Parameter allowsScaledDecoding: whether a JPEG may be decoded at a half, a quarter or an eighth of
    ///   its size where the rectangle still has as many pixels as are wanted; it never causes an enlargement.
    ///   This is faster; levels differ a little from cropping the fully decoded photo.
    public init(
        _ size: Int, scale: ClosedRange<Float> = 0.08...1, ratio: ClosedRange<Float> = 3 / 4...4 / 3,
        interpolation: Interpolation = .bilinear, allowsScaledDecoding: Bool = true,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            size > 0 && scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0
                && ratio.upperBound.isFinite,
            "RandomResizedCrop: size \(size) and ratio \(ratio) must be positive, scale \(scale) within 0...1",
            file: file, line: line
        )
        self.size = Extent(size)
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation
        self.allowsScaledDecoding = allowsScaledDecoding
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        self(Picture.pixels(image), using: &generator).image
    }

    func callAsFunction(_ picture: Picture, using generator: inout RandomGenerator) -> Picture {
        let part = picture.cropped(to: rectangle(in: picture.size, using: &generator)).image
        return .resampling(
            Resampling(part, region: Region(PixelRect(part.size)), to: size, interpolation))
    }

    public func request(of source: Extent, using generator: inout RandomGenerator) -> DecodingRequest? {
        DecodingRequest(
            region: rectangle(in: source, using: &generator), smallestSize: allowsScaledDecoding ? size : nil,
            resizedTo: size, interpolation)
    }

    /// Ten tries for a rectangle that fits, then the largest one in the middle of an allowed ratio.
    package func rectangle(in source: Extent, using generator: inout RandomGenerator) -> PixelRect {
        let area = Double(source.area)
        let ratios = Foundation.log(ratio.lowerBound)...Foundation.log(ratio.upperBound)
        for _ in 0..<10 {
            let target = area * Double(generator.uniform(in: scale))
            let aspect = Foundation.exp(Double(generator.uniform(in: ratios)))
            let width = Int((target * aspect).squareRoot().rounded(.toNearestOrEven))
            let height = Int((target / aspect).squareRoot().rounded(.toNearestOrEven))
            if width > 0 && width <= source.width && height > 0 && height <= source.height {
                return PixelRect(
                    x: Int(generator.uniform() * Float(source.width - width + 1)),
                    y: Int(generator.uniform() * Float(source.height - height + 1)), width: width,
                    height: height)
            }
        }
        let aspect = Float(source.width) / Float(source.height)
        var (width, height) = (source.width, source.height)
        if aspect < ratio.lowerBound {
            height = min(source.height, Int((Float(width) / ratio.lowerBound).rounded(.toNearestOrEven)))
        } else if aspect > ratio.upperBound {
            width = min(source.width, Int((Float(height) * ratio.upperBound).rounded(.toNearestOrEven)))
        }
        (width, height) = (max(1, width), max(1, height))
        return PixelRect(
            x: (source.width - width) / 2, y: (source.height - height) / 2, width: width, height: height)
    }
}
