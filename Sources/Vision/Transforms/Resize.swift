// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// The picture at another size. As torchvision's `Resize` (antialiased).
public struct Resize: Transform {
    private enum Target: Sendable {
        case shorterSide(Int)
        case exactly(Extent)
    }

    private let target: Target
    public let interpolation: Interpolation
    private let allowsScaledDecoding: Bool

    /// The shorter side becomes `shorterSide`, the other keeps the proportion.
    /// - Parameter allowsScaledDecoding: whether a JPEG of at least twice the size may be decoded at a fraction of it,
    ///   which is faster and differs by a few levels.
    public init(
        _ shorterSide: Int, interpolation: Interpolation = .bilinear, allowsScaledDecoding: Bool = false
    ) {
        precondition(shorterSide > 0, "Resize: size \(shorterSide) must be positive")
        target = .shorterSide(shorterSide)
        self.interpolation = interpolation
        self.allowsScaledDecoding = allowsScaledDecoding
    }

    /// Both sides as given, whatever the proportion was.
    public init(
        height: Int, width: Int, interpolation: Interpolation = .bilinear, allowsScaledDecoding: Bool = false
    ) {
        precondition(height > 0 && width > 0, "Resize: size \(height)×\(width) must be positive")
        target = .exactly(Extent(height, width))
        self.interpolation = interpolation
        self.allowsScaledDecoding = allowsScaledDecoding
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        image.resized(to: size(of: Extent(image.height, image.width)), interpolation)
    }

    public func smallestUsefulSize(of source: Extent) -> Extent? {
        guard allowsScaledDecoding else { return nil }
        let wanted = size(of: source)
        return Extent(2 * wanted.height, 2 * wanted.width)
    }

    private func size(of source: Extent) -> Extent {
        switch target {
        case .exactly(let size): return size
        case .shorterSide(let side):
            let (h, w) = (source.height, source.width)
            return h <= w ? Extent(side, max(1, side * w / h)) : Extent(max(1, side * h / w), side)
        }
    }
}

/// The middle of the picture; black is added where it is smaller. As torchvision's `CenterCrop`.
public struct CenterCrop: Transform {
    public let size: Extent

    public init(_ size: Int) { self.init(height: size, width: size) }

    public init(height: Int, width: Int) {
        precondition(height > 0 && width > 0, "CenterCrop: size \(height)×\(width) must be positive")
        size = Extent(height, width)
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        let missing = (x: max(0, size.width - image.width), y: max(0, size.height - image.height))
        let padded =
            missing.x == 0 && missing.y == 0
            ? image
            : Pad(
                left: missing.x / 2, top: missing.y / 2, right: (missing.x + 1) / 2,
                bottom: (missing.y + 1) / 2
            )(image, using: &generator)
        // Python rounds halves to even.
        func start(_ length: Int, _ target: Int) -> Int {
            Int((Double(length - target) / 2).rounded(.toNearestOrEven))
        }
        return padded.cropped(
            to: PixelRect(
                x: start(padded.width, size.width), y: start(padded.height, size.height), width: size.width,
                height: size.height))
    }
}

/// A random rectangle of the picture, resized: the augmentation of the Inception papers. As torchvision's
/// `RandomResizedCrop`.
public struct RandomResizedCrop: Transform {
    public let size: Extent
    /// The rectangle's share of the area.
    public let scale: ClosedRange<Float>
    /// Its width over its height.
    public let ratio: ClosedRange<Float>
    public let interpolation: Interpolation

    public init(
        _ size: Int, scale: ClosedRange<Float> = 0.08...1, ratio: ClosedRange<Float> = 3 / 4...4 / 3,
        interpolation: Interpolation = .bilinear
    ) {
        precondition(
            size > 0 && scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0,
            "RandomResizedCrop: size \(size) and ratio \(ratio) must be positive, scale \(scale) within 0...1"
        )
        self.size = Extent(size)
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        let rect = rectangle(in: Extent(image.height, image.width), using: &generator)
        return image.resized(to: size, from: rect, interpolation)
    }

    /// Ten tries for a rectangle that fits, then the largest one in the middle of an allowed ratio.
    package func rectangle(in source: Extent, using generator: inout RandomGenerator) -> PixelRect {
        let area = Double(source.area)
        for _ in 0..<10 {
            let target = area * Double(generator.uniform(in: scale))
            let aspect = Foundation.exp(
                Double(
                    generator.uniform(in: Foundation.log(ratio.lowerBound)...Foundation.log(ratio.upperBound))
                ))
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
        return PixelRect(
            x: (source.width - width) / 2, y: (source.height - height) / 2, width: max(1, width),
            height: max(1, height))
    }

    /// The smallest crop there can be still has as many pixels as are asked for.
    public func smallestUsefulSize(of source: Extent) -> Extent? {
        let narrowest = Double(scale.lowerBound) * Double(min(ratio.lowerBound, 1 / ratio.upperBound))
        let enlarge = 1 / narrowest.squareRoot()
        // The sides of a crop follow from the area of the photo, not from its sides.
        let side = Double(source.area).squareRoot()
        let needed = Double(max(size.height, size.width)) * enlarge / side
        return Extent(
            Int((needed * Double(source.height)).rounded(.up)),
            Int((needed * Double(source.width)).rounded(.up)))
    }
}
