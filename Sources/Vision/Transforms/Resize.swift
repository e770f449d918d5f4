// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// The picture at another size. As torchvision's `Resize` (antialiased).
public struct Resize: Transform, LazyTransform {
    private enum Target: Sendable {
        case shorterSide(Int)
        case exactly(Extent)
    }

    private let target: Target
    /// The interpolation that computes the new pixels.
    public let interpolation: Interpolation
    private let allowsScaledDecoding: Bool

    /// The shorter side becomes `shorterSide`, the other keeps the proportion.
    /// - Parameter allowsScaledDecoding: whether a JPEG may be decoded at a half, a quarter or an eighth of
    ///   its size where that is still twice as large as wanted. It is faster, and bounds the memory for huge
    ///   photos; levels then differ a little (about 1 on average) from those of the whole photo resized.
    public init(
        _ shorterSide: Int, interpolation: Interpolation = .bilinear, allowsScaledDecoding: Bool = false,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(shorterSide > 0, "Resize: size \(shorterSide) must be positive", file: file, line: line)
        target = .shorterSide(shorterSide)
        self.interpolation = interpolation
        self.allowsScaledDecoding = allowsScaledDecoding
    }

    /// Both sides as given, whatever the proportion was.
    public init(
        height: Int, width: Int, interpolation: Interpolation = .bilinear, allowsScaledDecoding: Bool = false,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            height > 0 && width > 0, "Resize: size \(height)×\(width) must be positive", file: file,
            line: line)
        target = .exactly(Extent(height, width))
        self.interpolation = interpolation
        self.allowsScaledDecoding = allowsScaledDecoding
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        self(Picture.pixels(image), using: &generator).image
    }

    func callAsFunction(_ picture: Picture, using generator: inout RandomGenerator) -> Picture {
        let image = picture.image
        return .resampling(
            Resampling(
                image, region: Region(PixelRect(image.size)), to: size(of: image.size), interpolation))
    }

    public func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest? {
        guard allowsScaledDecoding else { return nil }
        let wanted = self.size(of: size)
        return DecodingRequest(
            region: PixelRect(size), smallestSize: Extent(2 * wanted.height, 2 * wanted.width),
            resizedTo: wanted, interpolation)
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
