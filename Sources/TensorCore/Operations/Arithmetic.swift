// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// Elementwise sum, with NumPy's broadcasting. Integers wrap around, as in PyTorch.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        differentiable([a, b]) { inputs, needed in
            (
                Kernels.binary(.add, inputs[0], inputs[1], "+"),
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
        differentiable([a, b]) { inputs, needed in
            (
                Kernels.binary(.subtract, inputs[0], inputs[1], "-"),
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
        differentiable([a, b]) { inputs, needed in
            let (x, y) = (needed[1] ? inputs[0] : nil, needed[0] ? inputs[1] : nil)
            return (
                Kernels.binary(.multiply, inputs[0], inputs[1], "*"),
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
            let quotient = Kernels.binary(.divide, inputs[0], inputs[1], "/")
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

    /// Each element negated, zeros too (`0` becomes `-0`). Integers wrap around.
    public static prefix func - (x: Tensor) -> Tensor {
        differentiable(x) { x in (Kernels.unary(.negate, x, "-"), { Kernels.unary(.negate, $0, "-") }) }
    }

    /// Adds a number to each element, which must be `float32`.
    public static func + (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1, plus: y, "+") }
    /// Adds a number to each element, which must be `float32`.
    public static func + (x: Float, y: Tensor) -> Tensor { y + x }
    /// Subtracts a number from each element, which must be `float32`.
    public static func - (x: Tensor, y: Float) -> Tensor { x.scaled(by: 1, plus: -y, "-") }
    /// A number minus each element, which must be `float32`.
    public static func - (x: Float, y: Tensor) -> Tensor { y.scaled(by: -1, plus: x, "-") }
    /// Multiplies each element, which must be `float32`, by a number.
    public static func * (x: Tensor, y: Float) -> Tensor { x.withScalar(y, "*", .multiply) }
    /// Multiplies each element, which must be `float32`, by a number.
    public static func * (x: Float, y: Tensor) -> Tensor { y * x }
    /// Each element divided by a number. (Multiplying by the reciprocal would round twice.)
    public static func / (x: Tensor, y: Float) -> Tensor { x.withScalar(y, "/", .divide) }
    /// A number divided by each element, which must be `float32`.
    public static func / (x: Float, y: Tensor) -> Tensor { Tensor(x) / y }

    /// `x = x + y`: recorded, and with broadcasting. Unlike PyTorch's `+=`, it may change the shape of `x`.
    public static func += (x: inout Tensor, y: Tensor) { x = x + y }
    /// `x = x - y`: recorded, and with broadcasting as `+=`.
    public static func -= (x: inout Tensor, y: Tensor) { x = x - y }
    /// `x = x * y`: recorded, and with broadcasting as `+=`.
    public static func *= (x: inout Tensor, y: Tensor) { x = x * y }
    /// `x = x / y`: recorded, and with broadcasting as `+=`.
    public static func /= (x: inout Tensor, y: Tensor) { x = x / y }

    /// `scale · x + shift` for a scale of 1 or -1.
    private func scaled(by scale: Float, plus shift: Float, _ name: StaticString) -> Tensor {
        differentiable(self) { x in
            (Kernels.unary(.affine(scale: scale, shift: shift), x, name), { scale == 1 ? $0 : -$0 })
        }
    }

    /// A product or quotient with a number; the gradient is the same of the gradient.
    private func withScalar(_ scalar: Float, _ name: StaticString, _ function: BinaryFunction) -> Tensor {
        let scalar = Tensor(scalar)
        return differentiable(self) { x in
            (Kernels.binary(function, x, scalar, name), { Kernels.binary(function, $0, scalar, name) })
        }
    }

    /// The sum over the axes along which `target` was broadcast to this shape.
    package func summed(to target: [Int]) -> Tensor {
        guard shape != target else { return self }
        let missing = rank - target.count
        let axes = shape.indices.filter { $0 < missing || (target[$0 - missing] == 1 && shape[$0] != 1) }
        return sum(axes: axes).reshaped(to: target)
    }
}
