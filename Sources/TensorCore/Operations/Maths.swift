// SPDX-License-Identifier: Apache-2.0

/// eˣ
public func exp(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(.exp, x, "exp")
        return (y, { $0 * y })
    }
}

/// The natural logarithm.
public func log(_ input: Tensor) -> Tensor {
    differentiable(input) { x in (Kernels.unary(.log, x, "log"), { $0 / x }) }
}

/// The square root of each element; NaN for a negative one. As `torch.sqrt`.
public func sqrt(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(.sqrt, x, "sqrt")
        return (y, { 0.5 * $0 / y })
    }
}

/// The sine of each element, in radians.
public func sin(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (Kernels.unary(.sin, x, "sin"), { $0 * Kernels.unary(.cos, x, "sin") })
    }
}

/// The cosine of each element, in radians.
public func cos(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (Kernels.unary(.cos, x, "cos"), { -($0 * Kernels.unary(.sin, x, "cos")) })
    }
}

/// The absolute value; the gradient at 0 is 0, as in PyTorch.
public func abs(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (
            Kernels.unary(.absolute, x, "abs"),
            { $0 * ((x .> 0).to(.float32) - (x .< 0).to(.float32)) }
        )
    }
}

/// Each element raised to a power, as `torch.pow`: `x⁰` is 1 with the gradient 0, also where x is 0 or NaN.
public func pow(
    _ input: Tensor, _ exponent: Float, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "pow", file: file, line: line)
    return differentiable(input) { x in
        (
            power(x, exponent),
            { gradient in
                exponent == 0
                    ? Tensor.zeros(gradient.shape) : gradient * (power(x, exponent - 1) * exponent)
            }
        )
    }
}

/// Exponents that PyTorch computes in a special way are computed so here: the square root of -0 or -∞ differs
/// from the power 0.5.
private func power(_ x: Tensor, _ exponent: Float) -> Tensor {
    switch exponent {
    case 0: Tensor.ones(x.shape)
    case 1: x
    case 2: x * x
    case 3: x * x * x
    case 0.5: Kernels.unary(.sqrt, x, "pow")
    case -0.5: 1 / Kernels.unary(.sqrt, x, "pow")
    case -1: 1 / x
    case -2: 1 / (x * x)
    default: Kernels.unary(.power(exponent), x, "pow")
    }
}

/// Limits each element to a range. A gradient passes strictly inside it, not at its bounds, nor where an
/// element is NaN. As `torch.clamp`.
public func clamp(
    _ input: Tensor, _ range: ClosedRange<Float>, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "clamp", file: file, line: line)
    return differentiable(input) { x in
        (Kernels.unary(.clamp(range), x, "clamp"), { Kernels.pullback(.clamp(range), $0, at: x) })
    }
}

/// Elements of `a` where `condition` is not 0, else of `b`; all three are broadcast. As `torch.where`:
/// elements that are not chosen have no effect, even NaN.
public func choose(
    where condition: Tensor, _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let isChosen = condition .!= 0
    return differentiable([a, b]) { inputs, needed in
        (
            Kernels.select(isChosen, inputs[0], inputs[1], file: file, line: line),
            { [a = a.shape, b = b.shape] gradient in
                [
                    needed[0] ? Kernels.select(isChosen, gradient, 0).summed(to: a) : nil,
                    needed[1] ? Kernels.select(isChosen, 0, gradient).summed(to: b) : nil,
                ]
            }
        )
    }
}
