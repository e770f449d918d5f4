// SPDX-License-Identifier: Apache-2.0

import CKernels

extension Tensor {
    /// Elementwise sum, with NumPy's broadcasting.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        if let result = integers(a, b, "+", &+) { return result }
        return differentiable([a, b]) { inputs, needed in
            (
                Kernels.binary(inputs[0], inputs[1], "+", \.add),
                { [a = a.shape, b = b.shape] gradient in
                    [
                        needed[0] ? gradient.summed(to: a) : nil,
                        needed[1] ? gradient.summed(to: b) : nil,
                    ]
                }
            )
        }
    }

    /// Elementwise difference, with NumPy's broadcasting.
    public static func - (a: Tensor, b: Tensor) -> Tensor {
        if let result = integers(a, b, "-", &-) { return result }
        return differentiable([a, b]) { inputs, needed in
            (
                Kernels.binary(inputs[0], inputs[1], "-", \.subtract),
                { [a = a.shape, b = b.shape] gradient in
                    [
                        needed[0] ? gradient.summed(to: a) : nil,
                        needed[1] ? (-gradient).summed(to: b) : nil,
                    ]
                }
            )
        }
    }

    /// Elementwise product, with NumPy's broadcasting.
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        if let result = integers(a, b, "*", &*) { return result }
        return differentiable([a, b]) { inputs, needed in
            let (x, y) = (needed[1] ? inputs[0] : nil, needed[0] ? inputs[1] : nil)
            return (
                Kernels.binary(inputs[0], inputs[1], "*", \.multiply),
                { [a = a.shape, b = b.shape] gradient in
                    [
                        y.map { (gradient * $0).summed(to: a) },
                        x.map { (gradient * $0).summed(to: b) },
                    ]
                }
            )
        }
    }

    /// Elementwise quotient, with NumPy's broadcasting.
    public static func / (a: Tensor, b: Tensor) -> Tensor {
        differentiable([a, b]) { inputs, needed in
            let quotient = Kernels.binary(inputs[0], inputs[1], "/", \.divide)
            let y = inputs[1]
            return (
                quotient,
                { [a = a.shape, b = b.shape] gradient in
                    let scaled = gradient / y
                    return [
                        needed[0] ? scaled.summed(to: a) : nil,
                        needed[1] ? (-(scaled * quotient)).summed(to: b) : nil,
                    ]
                }
            )
        }
    }

    public static prefix func - (x: Tensor) -> Tensor { x.scaled(by: -1) }

    public static func + (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1, plus: y) }
    public static func + (x: Float, y: Tensor) -> Tensor { y + x }
    public static func - (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1, plus: -y) }
    public static func - (x: Float, y: Tensor) -> Tensor { y.scaled(by: -1, plus: x) }
    public static func * (x: Tensor, y: Float) -> Tensor { x.scaled(by: y) }
    public static func * (x: Float, y: Tensor) -> Tensor { y.scaled(by: x) }
    public static func / (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1 / y) }
    public static func / (x: Float, y: Tensor) -> Tensor { Tensor(x) / y }

    public static func += (x: inout Tensor, y: Tensor) { x = x + y }
    public static func -= (x: inout Tensor, y: Tensor) { x = x - y }
    public static func *= (x: inout Tensor, y: Tensor) { x = x * y }
    public static func /= (x: inout Tensor, y: Tensor) { x = x / y }

    private func scaled(by scale: Float, plus shift: Float = 0) -> Tensor {
        differentiable(self) { x in
            (
                Kernels.affine(x, scale: scale, shift: shift),
                { scale == 1 ? $0 : Kernels.affine($0, scale: scale, shift: 0) }
            )
        }
    }

    /// Integer arithmetic wraps around, as in PyTorch.
    private static func integers(
        _ a: Tensor, _ b: Tensor, _ name: StaticString, _ function: (Int32, Int32) -> Int32
    ) -> Tensor? {
        guard a.scalarType == .int32 && b.scalarType == .int32 else { return nil }
        return Kernels.zipMap(a, b, name, Int32.self, Int32.self, function)
    }

    /// The sum over the axes along which `target` was broadcast to this shape.
    package func summed(to target: [Int]) -> Tensor {
        guard shape != target else { return self }
        let missing = rank - target.count
        let axes = shape.indices.filter { $0 < missing || (target[$0 - missing] == 1 && shape[$0] != 1) }
        return sum(axes: axes).reshaped(to: target)
    }
}

/// The larger of two values at each place, with broadcasting. Where they are equal each gets half of the gradient.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { extremum(a, b, "maximum", \.maximum_of) }

/// The smaller of two values at each place, with broadcasting. Where they are equal each gets half of the gradient.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { extremum(a, b, "minimum", \.minimum_of) }

private func extremum(
    _ a: Tensor, _ b: Tensor, _ name: StaticString, _ function: KeyPath<ck_kernels, ck_binary?>
) -> Tensor {
    differentiable([a, b]) { inputs, needed in
        let (x, y) = (inputs[0], inputs[1])
        let value = Kernels.binary(x, y, name, function)
        return (
            value,
            { gradient in
                func share(_ one: Tensor, _ other: Tensor) -> Tensor {
                    let chosen = (one .== value).to(.float32)
                    return (gradient * chosen / (chosen + (other .== value).to(.float32))).summed(
                        to: one.shape)
                }
                return [needed[0] ? share(x, y) : nil, needed[1] ? share(y, x) : nil]
            }
        )
    }
}
