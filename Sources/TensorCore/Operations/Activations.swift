// SPDX-License-Identifier: Apache-2.0

extension Activation {
    /// The activation of each element.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        switch self {
        case .identity: input
        case .relu: TensorCore.relu(input)
        case .relu6: TensorCore.relu6(input)
        case .hardswish: TensorCore.hardswish(input)
        case .silu: TensorCore.silu(input)
        }
    }
}

/// `max(x, 0)`. The gradient at 0 is 0.
public func relu(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(.relu, x, "relu")
        return (y, { Kernels.pullback(.relu, $0, at: y) })
    }
}

/// `max(a + b, 0)`, with broadcasting, in one pass: `relu(a + b)`, as at the end of a residual block.
public func relu(
    _ a: Tensor, plus b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    differentiable([a, b]) { inputs, needed in
        let y = Kernels.binary(.addReLU, inputs[0], inputs[1], "relu", file: file, line: line)
        return (
            y,
            { [a = a.shape, b = b.shape] gradient in
                let masked = Kernels.pullback(.relu, gradient, at: y)
                return [needed[0] ? masked.summed(to: a) : nil, needed[1] ? masked.summed(to: b) : nil]
            }
        )
    }
}

/// `x` where it is positive, else `negativeSlope · x`.
public func leakyReLU(
    _ input: Tensor, negativeSlope: Float = 0.01, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "leakyReLU", file: file, line: line)
    return differentiable(input) { x in
        (
            Kernels.unary(.leakyReLU(slope: negativeSlope), x, "leakyReLU"),
            { Kernels.pullback(.leakyReLU(slope: negativeSlope), $0, at: x) }
        )
    }
}

/// `min(max(x, 0), 6)`. The gradient at both ends is 0. As `torch.nn.functional.relu6`.
public func relu6(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(.relu6, x, "relu6")
        return (y, { Kernels.pullback(.relu6, $0, at: y) })
    }
}

/// `relu6(x + 3) / 6`: a sigmoid of straight lines (Howard et al., "Searching for MobileNetV3", 2019).
public func hardsigmoid(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (
            Kernels.unary(.hardsigmoid, x, "hardsigmoid"),
            { Kernels.pullback(.hardsigmoid, $0, at: x) }
        )
    }
}

/// `x · relu6(x + 3) / 6` (Howard et al., "Searching for MobileNetV3", 2019).
public func hardswish(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (Kernels.unary(.hardswish, x, "hardswish"), { Kernels.pullback(.hardswish, $0, at: x) })
    }
}

/// `x / (1 + e⁻ˣ)`, also called swish (Hendrycks & Gimpel, 2016; Ramachandran et al., 2017).
public func silu(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (Kernels.unary(.silu, x, "silu"), { Kernels.pullback(.silu, $0, at: x) })
    }
}

/// `1 / (1 + e⁻ˣ)`, without overflow at either end.
public func sigmoid(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(.sigmoid, x, "sigmoid")
        return (y, { Kernels.pullback(.sigmoid, $0, at: y) })
    }
}

/// The hyperbolic tangent.
public func tanh(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(.tanh, x, "tanh")
        return (y, { Kernels.pullback(.tanh, $0, at: y) })
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
        switch approximation {
        case .none: (Kernels.unary(.gelu, x, "gelu"), { Kernels.pullback(.gelu, $0, at: x) })
        case .tanh: (Kernels.unary(.geluTanh, x, "gelu"), { Kernels.pullback(.geluTanh, $0, at: x) })
        }
    }
}
