// SPDX-License-Identifier: Apache-2.0

/// `max(x, 0)`
public struct ReLU: SummarizedLayer {
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { relu(input) }
    }
    public var description: String { "ReLU" }
}

/// `x` where it is positive, else `negativeSlope · x`.
public struct LeakyReLU: SummarizedLayer {
    public let negativeSlope: Float
    public init(negativeSlope: Float = 0.01) { self.negativeSlope = negativeSlope }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { leakyReLU(input, negativeSlope: negativeSlope) }
    }
    public var description: String { "LeakyReLU(\(negativeSlope))" }
}

/// `1 / (1 + e⁻ˣ)`
public struct Sigmoid: SummarizedLayer {
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { sigmoid(input) }
    }
    public var description: String { "Sigmoid" }
}

public struct Tanh: SummarizedLayer {
    public init() {}
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { tanh(input) }
    }
    public var description: String { "Tanh" }
}

/// `x · Φ(x)` (Hendrycks & Gimpel, 2016).
public struct GELU: SummarizedLayer {
    public let approximation: GELUApproximation
    public init(approximation: GELUApproximation = .none) { self.approximation = approximation }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { gelu(input, approximation: approximation) }
    }
    public var description: String { "GELU" }
}

/// `eˣ / Σ eˣ` along an axis.
public struct Softmax: SummarizedLayer {
    public let axis: Int
    public init(axis: Int = -1) { self.axis = axis }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { softmax(input, axis: axis) }
    }
    public var description: String { "Softmax(axis \(axis))" }
}

/// The logarithm of `Softmax`.
public struct LogSoftmax: SummarizedLayer {
    public let axis: Int
    public init(axis: Int = -1) { self.axis = axis }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { logSoftmax(input, axis: axis) }
    }
    public var description: String { "LogSoftmax(axis \(axis))" }
}
