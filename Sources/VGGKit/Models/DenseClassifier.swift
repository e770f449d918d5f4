// SPDX-License-Identifier: Apache-2.0

import Checks

/// A network whose head can be applied at every position of an image that is larger than those it was trained
/// on.
public protocol DenseClassifier: Classifier {
    /// Images `[N, C, H, W]` → logits `[N, classCount]`, the mean over all positions.
    func forwardDensely(_ images: Tensor) -> Tensor

    /// Why the head of a model for images of this side cannot be applied at every position; nil if it can.
    func densityProblem(imageSize: Int) -> String?
}

/// A network that ends with the mean over space needs no change for dense evaluation.
extension DenseClassifier {
    public func forwardDensely(_ images: Tensor) -> Tensor { self(images) }
    public func densityProblem(imageSize: Int) -> String? { nil }
}

extension Classifier {
    /// The head at every position of a map `[N, C, H, W]`, as if its first layer were a convolution: each
    /// square of `window` × `window` is a row of its input.
    func meanLogits(over map: Tensor, window: Int) -> Tensor {
        let (height, width) = (map.shape[2], map.shape[3])
        check(
            height >= window && width >= window,
            "forwardDensely: the images' map \(map.shape) is smaller than the \(window)×\(window) that the head takes"
        )
        let positions = (0...height - window).flatMap { y in (0...width - window).map { x in (y, x) } }
        let rows = positions.map { y, x in map.square(y, x, side: window).flattened(from: 1) }
        let logits = forwardHead(concatenate(rows, axis: 0))
        return logits.reshaped(to: [positions.count, map.shape[0], logits.shape[1]]).mean(axes: [0])
    }
}

extension Tensor {
    /// A part of images or maps `[N, C, H, W]` → `[N, C, side, side]`. No elements are copied.
    func square(_ y: Int, _ x: Int, side: Int) -> Tensor {
        slice(axis: 2, y..<y + side).slice(axis: 3, x..<x + side)
    }
}
