// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// The middle of the picture; black is added where it is smaller. As torchvision's `CenterCrop`.
public struct CenterCrop: Transform, LazyTransform {
    /// The size of the result.
    public let size: Extent

    /// A square of `size` pixels a side.
    public init(_ size: Int, file: StaticString = #fileID, line: UInt = #line) {
        self.init(height: size, width: size, file: file, line: line)
    }

    /// A rectangle of a given height and width in pixels.
    public init(height: Int, width: Int, file: StaticString = #fileID, line: UInt = #line) {
        check(
            height > 0 && width > 0, "CenterCrop: size \(height)×\(width) must be positive", file: file,
            line: line)
        size = Extent(height, width)
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        self(Picture.pixels(image), using: &generator).image
    }

    func callAsFunction(_ picture: Picture, using generator: inout RandomGenerator) -> Picture {
        let missing = (
            x: max(0, size.width - picture.size.width), y: max(0, size.height - picture.size.height)
        )
        guard missing.x > 0 || missing.y > 0 else { return picture.cropped(to: middle(of: picture.size)) }
        let border = Pad(
            left: missing.x / 2, top: missing.y / 2, right: (missing.x + 1) / 2, bottom: (missing.y + 1) / 2)
        let padded = border(picture.image, using: &generator)
        return .pixels(padded.cropped(to: middle(of: padded.size)))
    }

    public func request(of size: Extent, using generator: inout RandomGenerator) -> DecodingRequest? {
        guard size.width >= self.size.width && size.height >= self.size.height else { return nil }
        return DecodingRequest(region: middle(of: size)) { picture, _ in picture }
    }

    /// Python rounds halves to even.
    private func middle(of source: Extent) -> PixelRect {
        func start(_ length: Int, _ target: Int) -> Int {
            Int((Double(length - target) / 2).rounded(.toNearestOrEven))
        }
        return PixelRect(
            x: start(source.width, size.width), y: start(source.height, size.height), width: size.width,
            height: size.height)
    }
}
