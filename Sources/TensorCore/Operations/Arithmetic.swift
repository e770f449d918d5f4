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
                    [
                        needed[0] ? (gradient / y).summed(to: a) : nil,
                        needed[1] ? (-(gradient * (quotient / y))).summed(to: b) : nil,
                    ]
                }
            )
        }
    }

    /// The sign of every element turned, of zeros too. Integers wrap around.
    public static prefix func - (x: Tensor) -> Tensor {
        if x.scalarType == .int32 { return Kernels.map(x, Int32.self, Int32.self) { 0 &- $0 } }
        return differentiable(x) { x in
            (Kernels.unary(x, "-", \.negate), { Kernels.unary($0, "-", \.negate) })
        }
    }

    public static func + (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1, plus: y, "+") }
    public static func + (x: Float, y: Tensor) -> Tensor { y + x }
    public static func - (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1, plus: -y, "-") }
    public static func - (x: Float, y: Tensor) -> Tensor { y.scaled(by: -1, plus: x, "-") }
    public static func * (x: Tensor, y: Float) -> Tensor { x.withScalar(y, "*", \.multiply) }
    public static func * (x: Float, y: Tensor) -> Tensor { y * x }
    /// Each element divided by a number: not multiplied by its reciprocal, which rounds twice.
    public static func / (x: Tensor, y: Float) -> Tensor { x.withScalar(y, "/", \.divide) }
    public static func / (x: Float, y: Tensor) -> Tensor { Tensor(x) / y }

    public static func += (x: inout Tensor, y: Tensor) { x = x + y }
    public static func -= (x: inout Tensor, y: Tensor) { x = x - y }
    public static func *= (x: inout Tensor, y: Tensor) { x = x * y }
    public static func /= (x: inout Tensor, y: Tensor) { x = x / y }

    /// `scale · x + shift` for a scale of 1 or -1.
    private func scaled(by scale: Float, plus shift: Float, _ name: StaticString) -> Tensor {
        differentiable(self) { x in
            (Kernels.affine(x, scale: scale, shift: shift, name), { scale == 1 ? $0 : -$0 })
        }
    }

    /// A product or quotient with a number; the gradient is the same of the gradient.
    private func withScalar(
        _ scalar: Float, _ name: StaticString, _ function: KeyPath<ck_kernels, ck_binary?> & Sendable
    ) -> Tensor {
        let scalar = Tensor(scalar)
        return differentiable(self) { x in
            (
                Kernels.binary(x, scalar, name, function),
                { Kernels.binary($0, scalar, name, function) }
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
