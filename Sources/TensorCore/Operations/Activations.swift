// SPDX-License-Identifier: Apache-2.0

/// `max(x, 0)`. The gradient at 0 is 0.
public func relu(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(x, "relu", \.relu)
        return (y, { Kernels.reluPullback($0, output: y) })
    }
}

/// `x` where it is positive, else `negativeSlope · x`.
public func leakyReLU(
    _ input: Tensor, negativeSlope: Float = 0.01, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "leakyReLU", file: file, line: line)
    return differentiable(input) { x in
        (
            Kernels.flat([x]) { n, out, inputs in Kernels.loops.leaky_relu(n, inputs[0], negativeSlope, out)
            },
            { gradient in
                Kernels.flat([gradient, x]) { n, out, inputs in
                    Kernels.loops.leaky_relu_pullback(n, inputs[0], inputs[1], negativeSlope, out)
                }
            }
        )
    }
}

/// `1 / (1 + e⁻ˣ)`, without overflow at either end.
public func sigmoid(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(x, "sigmoid", \.sigmoid)
        return (
            y,
            { gradient in
                Kernels.flat([gradient, y]) { n, out, inputs in
                    Kernels.loops.sigmoid_pullback(n, inputs[0], inputs[1], out)
                }
            }
        )
    }
}

public func tanh(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(x, "tanh", \.tanh_of)
        return (
            y,
            { gradient in
                Kernels.flat([gradient, y]) { n, out, inputs in
                    Kernels.loops.tanh_pullback(n, inputs[0], inputs[1], out)
                }
            }
        )
    }
}

/// How `gelu` computes the normal distribution's cumulative function.
public enum GELUApproximation: Sendable {
    case none, tanh
}

/// `x · Φ(x)` with the normal distribution's cumulative function Φ (Hendrycks & Gimpel, 2016).
public func gelu(
    _ input: Tensor, approximation: GELUApproximation = .none, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "gelu", file: file, line: line)
    return differentiable(input) { x in
        (
            Kernels.unary(x, "gelu", approximation == .tanh ? \.gelu_tanh : \.gelu),
            { gradient in
                Kernels.flat([gradient, x]) { n, out, inputs in
                    let pullback =
                        approximation == .tanh
                        ? Kernels.loops.gelu_tanh_pullback : Kernels.loops.gelu_pullback
                    pullback?(n, inputs[0], inputs[1], out)
                }
            }
        )
    }
}

extension Kernels {
    /// The gradient where the output is positive, else 0; in the output's memory order.
    static func reluPullback(_ gradient: Tensor, output: Tensor) -> Tensor {
        flat([output, gradient]) { n, out, inputs in loops.relu_pullback(n, inputs[1], inputs[0], out) }
    }

    /// `input · weightᵀ + bias` for matrices, with the activation.
    static func linear(_ input: Tensor, _ weight: Tensor, bias: Tensor?, activation: Activation) -> Tensor {
        let result =
            input.shape[0] <= fewRows
            ? productOfFewRows(input.contiguous(), weight.contiguous()) : matmul(input, weight.transposed())
        guard bias != nil || activation == .relu else { return result }
        let (rows, width) = (result.shape[0], result.shape[1])
        let b = bias?.contiguous()
        ThreadPool.shared.split(rows, grain: Swift.max(1, 32768 / Swift.max(1, width))) { range in
            loops.bias_activation(
                range.count, width, result.mutablePointer + range.lowerBound * width, width, b?.pointer,
                activation == .relu)
        }
        withExtendedLifetime(b) {}
        return result
    }
}
