// SPDX-License-Identifier: Apache-2.0

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

/// Elementwise comparisons, with broadcasting: `uint8` tensors of 0 and 1. Both tensors have the same type,
/// or one is a scalar.
extension Tensor {
    /// 1 where the element of `a` equals that of `b`, else 0. NaN equals nothing, itself included.
    public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(.equal, a, b, ".==") }
    /// 1 where the element of `a` differs from that of `b`, else 0. NaN differs from all, itself included.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(.notEqual, a, b, ".!=") }
    /// 1 where the element of `a` is less than that of `b`, else 0.
    public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(.less, a, b, ".<") }
    /// 1 where the element of `a` is greater than that of `b`, else 0.
    public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(.greater, a, b, ".>") }
    /// 1 where the element of `a` is less than or equal to that of `b`, else 0.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(.lessOrEqual, a, b, ".<=") }
    /// 1 where the element of `a` is greater than or equal to that of `b`, else 0.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare(.greaterOrEqual, a, b, ".>=") }

    private static func compare(
        _ comparison: Comparison, _ a: Tensor, _ b: Tensor, _ name: StaticString
    ) -> Tensor {
        let (a, b) = (a.detached, b.detached)
        if a.scalarType != b.scalarType {
            if b.rank == 0 { return Kernels.compare(comparison, a, with: b.value(at: b.offset)) }
            if a.rank == 0 { return Kernels.compare(comparison.exchanged, b, with: a.value(at: a.offset)) }
        }
        return Kernels.compare(comparison, a, b, name)
    }
}

/// Comparisons with a number. Integers are compared with the exact number: no integer equals 2.7. For the
/// other types the number is first rounded to that type, so that a `float32` 0.1 equals 0.1.
extension Tensor {
    /// 1 where the element of `a` equals the number, else 0.
    public static func .== (a: Tensor, b: Int) -> Tensor {
        Kernels.compare(.equal, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` differs from the number, else 0.
    public static func .!= (a: Tensor, b: Int) -> Tensor {
        Kernels.compare(.notEqual, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is less than the number, else 0.
    public static func .< (a: Tensor, b: Int) -> Tensor {
        Kernels.compare(.less, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is greater than the number, else 0.
    public static func .> (a: Tensor, b: Int) -> Tensor {
        Kernels.compare(.greater, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is less than or equal to the number, else 0.
    public static func .<= (a: Tensor, b: Int) -> Tensor {
        Kernels.compare(.lessOrEqual, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is greater than or equal to the number, else 0.
    public static func .>= (a: Tensor, b: Int) -> Tensor {
        Kernels.compare(.greaterOrEqual, a.detached, with: Double(b))
    }

    /// 1 where the element of `a` equals the number, else 0.
    public static func .== (a: Tensor, b: some BinaryFloatingPoint) -> Tensor {
        Kernels.compare(.equal, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` differs from the number, else 0.
    public static func .!= (a: Tensor, b: some BinaryFloatingPoint) -> Tensor {
        Kernels.compare(.notEqual, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is less than the number, else 0.
    public static func .< (a: Tensor, b: some BinaryFloatingPoint) -> Tensor {
        Kernels.compare(.less, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is greater than the number, else 0.
    public static func .> (a: Tensor, b: some BinaryFloatingPoint) -> Tensor {
        Kernels.compare(.greater, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is less than or equal to the number, else 0.
    public static func .<= (a: Tensor, b: some BinaryFloatingPoint) -> Tensor {
        Kernels.compare(.lessOrEqual, a.detached, with: Double(b))
    }
    /// 1 where the element of `a` is greater than or equal to the number, else 0.
    public static func .>= (a: Tensor, b: some BinaryFloatingPoint) -> Tensor {
        Kernels.compare(.greaterOrEqual, a.detached, with: Double(b))
    }

    /// 1 where the number equals the element of `b`, else 0.
    public static func .== (a: Int, b: Tensor) -> Tensor { b .== a }
    /// 1 where the number differs from the element of `b`, else 0.
    public static func .!= (a: Int, b: Tensor) -> Tensor { b .!= a }
    /// 1 where the number is less than the element of `b`, else 0.
    public static func .< (a: Int, b: Tensor) -> Tensor { b .> a }
    /// 1 where the number is greater than the element of `b`, else 0.
    public static func .> (a: Int, b: Tensor) -> Tensor { b .< a }
    /// 1 where the number is less than or equal to the element of `b`, else 0.
    public static func .<= (a: Int, b: Tensor) -> Tensor { b .>= a }
    /// 1 where the number is greater than or equal to the element of `b`, else 0.
    public static func .>= (a: Int, b: Tensor) -> Tensor { b .<= a }

    /// 1 where the number equals the element of `b`, else 0.
    public static func .== (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .== a }
    /// 1 where the number differs from the element of `b`, else 0.
    public static func .!= (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .!= a }
    /// 1 where the number is less than the element of `b`, else 0.
    public static func .< (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .> a }
    /// 1 where the number is greater than the element of `b`, else 0.
    public static func .> (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .< a }
    /// 1 where the number is less than or equal to the element of `b`, else 0.
    public static func .<= (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .>= a }
    /// 1 where the number is greater than or equal to the element of `b`, else 0.
    public static func .>= (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .<= a }
}
