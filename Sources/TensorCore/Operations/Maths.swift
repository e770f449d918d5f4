// SPDX-License-Identifier: Apache-2.0

import Foundation

/// eˣ
public func exp(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(x, "exp", \.exp_of)
        return (y, { $0 * y })
    }
}

/// The natural logarithm.
public func log(_ input: Tensor) -> Tensor {
    differentiable(input) { x in (Kernels.unary(x, "log", \.log_of), { $0 / x }) }
}

public func sqrt(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let y = Kernels.unary(x, "sqrt", \.sqrt_of)
        return (y, { 0.5 * $0 / y })
    }
}

public func sin(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (Kernels.unary(x, "sin", \.sin_of), { $0 * Kernels.unary(x, "sin", \.cos_of) })
    }
}

public func cos(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (Kernels.unary(x, "cos", \.cos_of), { -($0 * Kernels.unary(x, "cos", \.sin_of)) })
    }
}

/// The absolute value; the gradient at 0 is 0, as in PyTorch.
public func abs(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        (
            Kernels.unary(x, "abs", \.absolute),
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

/// With the exponents that PyTorch computes otherwise computed as there: a square root of -0 or -∞ is no power.
private func power(_ x: Tensor, _ exponent: Float) -> Tensor {
    switch exponent {
    case 0: Tensor.ones(x.shape)
    case 1: x
    case 2: x * x
    case 3: x * x * x
    case 0.5: Kernels.unary(x, "pow", \.sqrt_of)
    case -0.5: 1 / Kernels.unary(x, "pow", \.sqrt_of)
    case -1: 1 / x
    case -2: 1 / (x * x)
    default: Kernels.map(x) { (value: Float) in Foundation.pow(value, exponent) }
    }
}

/// Limits each element to a range. A gradient passes strictly inside it, not at its bounds, nor where an element is NaN. As
/// `torch.clamp`.
public func clamp(
    _ input: Tensor, _ range: ClosedRange<Float>, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "clamp", file: file, line: line)
    return differentiable(input) { x in
        (
            Kernels.map(x) { (value: Float) in
                value.isNaN ? value : Swift.min(Swift.max(value, range.lowerBound), range.upperBound)
            },
            { gradient in
                let isInside = Kernels.map(x) { (value: Float) -> UInt8 in
                    value > range.lowerBound && value < range.upperBound ? 1 : 0
                }
                return Kernels.select(isInside, gradient, 0)
            }
        )
    }
}

/// Elements of `a` where `condition` is not 0, else of `b`; all broadcast together. As `torch.where`: what is not chosen,
/// NaN included, has no effect.
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
