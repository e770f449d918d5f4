// SPDX-License-Identifier: Apache-2.0

/// `max(x, 0)` for each element. As `torch.nn.ReLU`.
public struct ReLU: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { relu(input) }
    }
    public var description: String { "ReLU" }
}

/// `min(max(x, 0), 6)` for each element. As `torch.nn.ReLU6`.
public struct ReLU6: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { relu6(input) }
    }
    public var description: String { "ReLU6" }
}

/// `min(max(x + 3, 0), 6) / 6` for each element. As `torch.nn.Hardsigmoid`.
public struct Hardsigmoid: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { hardsigmoid(input) }
    }
    public var description: String { "Hardsigmoid" }
}

/// `x · min(max(x + 3, 0), 6) / 6` for each element. As `torch.nn.Hardswish`.
public struct Hardswish: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { hardswish(input) }
    }
    public var description: String { "Hardswish" }
}

/// `x / (1 + e⁻ˣ)` for each element. As `torch.nn.SiLU`.
public struct SiLU: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { silu(input) }
    }
    public var description: String { "SiLU" }
}

/// `x` where it is positive, else `negativeSlope · x`. As `torch.nn.LeakyReLU`.
public struct LeakyReLU: SummarizedLayer {
    /// The factor for elements below 0.
    public let negativeSlope: Float
    /// Creates the layer. It has no parameters.
    public init(negativeSlope: Float = 0.01) { self.negativeSlope = negativeSlope }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { leakyReLU(input, negativeSlope: negativeSlope) }
    }
    public var description: String { "LeakyReLU(\(negativeSlope))" }
}

/// `1 / (1 + e⁻ˣ)` for each element. As `torch.nn.Sigmoid`.
public struct Sigmoid: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { sigmoid(input) }
    }
    public var description: String { "Sigmoid" }
}

/// The hyperbolic tangent of each element, from -1 to 1. As `torch.nn.Tanh`.
public struct Tanh: SummarizedLayer {
    /// Creates the layer. It has no parameters.
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { tanh(input) }
    }
    public var description: String { "Tanh" }
}

/// `x · Φ(x)` with the normal distribution's cumulative function Φ (Hendrycks & Gimpel, 2016). As
/// `torch.nn.GELU`.
public struct GELU: SummarizedLayer {
    /// How Φ is computed: by the error function (`.none`), or by a formula with `tanh` that is close to it
    /// (`.tanh`).
    public let approximation: GELUApproximation
    /// Creates the layer. It has no parameters.
    public init(approximation: GELUApproximation = .none) { self.approximation = approximation }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { gelu(input, approximation: approximation) }
    }
    public var description: String { "GELU" }
}

/// `eˣ / Σ eˣ` along an axis. As `torch.nn.Softmax`.
public struct Softmax: SummarizedLayer {
    /// The axis along which the results add up to 1.
    public let axis: Int
    /// - Parameter axis: negative numbers count from the last axis, which is -1
    public init(axis: Int = -1) { self.axis = axis }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { softmax(input, axis: axis) }
    }
    public var description: String { "Softmax(axis \(axis))" }
}

/// The logarithm of `Softmax`. As `torch.nn.LogSoftmax`.
public struct LogSoftmax: SummarizedLayer {
    /// The axis along which the probabilities add up to 1.
    public let axis: Int
    /// - Parameter axis: negative numbers count from the last axis, which is -1
    public init(axis: Int = -1) { self.axis = axis }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { logSoftmax(input, axis: axis) }
    }
    public var description: String { "LogSoftmax(axis \(axis))" }
}
