// SPDX-License-Identifier: Apache-2.0

/// A function of a tensor that may have parameters: a layer, a block of layers, or a whole model.
///
/// Your own layer is a type with stored properties and a body; there is nothing to register. Parameters,
/// buffers and inner layers are found by reflection over the stored properties, and a property's path is its
/// name in a state dictionary:
/// ```swift
/// struct SqueezeExcitation: Layer {
///     let reduce: Linear, expand: Linear
///     func callAsFunction(_ x: Tensor) -> Tensor {          // [N, C, H, W] → [N, C, H, W]
///         let gate = sigmoid(expand(relu(reduce(x.mean(axes: [2, 3])))))
///         return x * gate.reshaped(to: [x.shape[0], x.shape[1], 1, 1])
///     }
/// }
/// ```
public protocol Layer: Sendable {
    /// Applies the layer. A layer may behave differently in training and at inference, as dropout does: see
    /// `Phase`.
    func callAsFunction(_ input: Tensor) -> Tensor
}

/// A layer that can apply an activation to its result while it is still in the cache.
package protocol ActivationFusing: Layer {
    func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor
}

/// A layer that is one operation, with a description for a model's summary.
public protocol SummarizedLayer: Layer, CustomStringConvertible {
    /// The multiply-adds of one call; 0 by default.
    /// - Parameters:
    ///   - input: the shape of the layer's input
    ///   - output: the shape of its output
    func multiplyAdds(input: [Int], output: [Int]) -> Int
}

extension SummarizedLayer {
    public func multiplyAdds(input: [Int], output: [Int]) -> Int { 0 }
}
