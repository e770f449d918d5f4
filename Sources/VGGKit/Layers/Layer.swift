// SPDX-License-Identifier: Apache-2.0

/// A function of a tensor with parameters of its own: a layer, a block of layers, a whole model.
///
/// A layer of one's own is a type with stored properties and a body; there is nothing to register. Parameters, buffers
/// and inner layers are found by reflection over the stored properties, and a property's path is its name in a state
/// dictionary:
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
    func callAsFunction(_ input: Tensor) -> Tensor
}

/// A layer that can apply an activation to its result while it is still in the cache.
package protocol ActivationFusing: Layer {
    func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor
}

/// A layer that is one operation, and says in a line of a model's summary what it does.
public protocol SummarizedLayer: Layer, CustomStringConvertible {
    /// Multiply-adds for one call: 0 unless it says otherwise.
    /// - Parameters:
    ///   - input: the shape of what the layer is called with
    ///   - output: the shape of what it makes
    func multiplyAdds(input: [Int], output: [Int]) -> Int
}

extension SummarizedLayer {
    public func multiplyAdds(input: [Int], output: [Int]) -> Int { 0 }
}
