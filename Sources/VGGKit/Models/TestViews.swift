// SPDX-License-Identifier: Apache-2.0

import Checks

/// How a classifier looks at a photo when it is used: once, or several times, with the mean of the probabilities as its
/// answer.
public struct TestViews: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The middle of the photo, once.
        case middle
        /// The middle and its mirror image.
        case flip
        /// The corners and the middle of a larger square, and their mirror images: ten views.
        /// A. Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 4.1.
        case tenCrop = "ten-crop"
        /// Every place of a larger square, and of its mirror image: the head is applied all over the map of features, and
        /// its logits are averaged. K. Simonyan and A. Zisserman, 2015, section 3.2.
        case dense
    }

    public var kind: Kind
    /// The side of the square that ten crops, or all places, are taken from; nil for 8/7 of the model's image.
    public var side: Int?

    public init(_ kind: Kind, side: Int? = nil) {
        self.kind = kind
        self.side = side
    }

    public static let middle = TestViews(.middle)
    public static let flip = TestViews(.flip)
    public static let tenCrop = TestViews(.tenCrop)
    public static let dense = TestViews(.dense)
}

extension TestViews: CustomStringConvertible {
    public var description: String { kind.rawValue + (side.map { " of \($0)×\($0) pixels" } ?? "") }
}

/// A network whose head can be applied at every place of an image that is larger than those it was trained on.
public protocol DenseClassifier: Classifier {
    /// Images `[N, C, H, W]` → logits `[N, classCount]`, the mean over all places.
    func forwardDensely(_ images: Tensor) -> Tensor

    /// Why images of this side do not reach the head place by place, in words; nil if they do.
    func densityProblem(imageSize: Int) -> String?
}

/// A network that ends with the mean over space is dense as it is.
extension DenseClassifier {
    public func forwardDensely(_ images: Tensor) -> Tensor { self(images) }
    public func densityProblem(imageSize: Int) -> String? { nil }
}

extension Classifier {
    /// The head at every place of a map `[N, C, H, W]`, as if its first layer were a convolution: each square of
    /// `window` × `window` is a row of its input.
    func meanLogits(over map: Tensor, window: Int) -> Tensor {
        let (height, width) = (map.shape[2], map.shape[3])
        check(
            height >= window && width >= window,
            "forwardDensely: the images' map \(map.shape) is smaller than the \(window)×\(window) that the head takes"
        )
        let places = (0...height - window).flatMap { y in (0...width - window).map { x in (y, x) } }
        let rows = places.map { y, x in map.square(y, x, side: window).flattened(from: 1) }
        let logits = forwardHead(concatenate(rows, axis: 0))
        return logits.reshaped(to: [places.count, map.shape[0], logits.shape[1]]).mean(axes: [0])
    }
}

extension Tensor {
    /// A part of images or maps `[N, C, H, W]` → `[N, C, side, side]`. No elements are copied.
    func square(_ y: Int, _ x: Int, side: Int) -> Tensor {
        slice(axis: 2, y..<y + side).slice(axis: 3, x..<x + side)
    }
}
