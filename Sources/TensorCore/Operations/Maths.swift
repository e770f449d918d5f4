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

/// Each element raised to a power.
public func pow(_ input: Tensor, _ exponent: Float) -> Tensor {
    differentiable(input) { x in
        let y = exponent == 2 ? x * x : Kernels.map(x) { (value: Float) in Foundation.pow(value, exponent) }
        return (
            y,
            { gradient in
                gradient
                    * (exponent == 2
                        ? x * 2
                        : Kernels.map(x) { (value: Float) in exponent * Foundation.pow(value, exponent - 1) })
            }
        )
    }
}

/// Limits each element to a range; no gradient passes where it was limited.
public func clamp(_ input: Tensor, _ range: ClosedRange<Float>) -> Tensor {
    differentiable(input) { x in
        (
            Kernels.map(x) { (value: Float) in
                value.isNaN ? value : Swift.min(Swift.max(value, range.lowerBound), range.upperBound)
            },
            { $0 * Kernels.map(x) { (value: Float) -> Float in range.contains(value) ? 1 : 0 } }
        )
    }
}

/// Elements of `a` where `condition` is not 0, else of `b`; all broadcast together. As `torch.where`: what is not chosen,
/// NaN included, has no effect.
public func choose(where condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let isChosen = condition.to(.float32) .!= 0
    return differentiable([a, b]) { inputs, needed in
        (
            Kernels.choose(isChosen, inputs[0], inputs[1]),
            { [a = a.shape, b = b.shape] gradient in
                [
                    needed[0] ? Kernels.choose(isChosen, gradient, 0).summed(to: a) : nil,
                    needed[1] ? Kernels.choose(isChosen, 0, gradient).summed(to: b) : nil,
                ]
            }
        )
    }
}

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

/// Elementwise comparisons, with broadcasting: `uint8` tensors of 0 and 1.
extension Tensor {
    public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(a, b, ".==", ==) }
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(a, b, ".!=", !=) }
    public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(a, b, ".<", <) }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(a, b, ".>", >) }
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(a, b, ".<=", <=) }
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare(a, b, ".>=", >=) }

    private static func compare(
        _ a: Tensor, _ b: Tensor, _ name: StaticString, _ test: (Double, Double) -> Bool
    ) -> Tensor {
        // A literal becomes a float32 scalar: it takes the other side's type.
        let b = b.rank == 0 && b.scalarType == .float32 && a.scalarType != .float32 ? b.to(a.scalarType) : b
        b.requireType(a.scalarType, name)
        func compare<S: Scalar>(_ type: S.Type) -> Tensor {
            Kernels.zipMap(a, b, name, S.self, UInt8.self) { test($0.doubleValue, $1.doubleValue) ? 1 : 0 }
        }
        switch a.scalarType {
        case .float32: return compare(Float.self)
        case .int32: return compare(Int32.self)
        case .bfloat16: return compare(BFloat16.self)
        case .uint8: return compare(UInt8.self)
        }
    }
}
