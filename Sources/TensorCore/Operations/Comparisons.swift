// SPDX-License-Identifier: Apache-2.0

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

/// Elementwise comparisons, with broadcasting: `uint8` tensors of 0 and 1. Both tensors have the same type, or one is a
/// scalar.
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
        if a.scalarType != b.scalarType {
            if b.rank == 0 { return a.compared(b.value(at: b.offset), test) }
            if a.rank == 0 { return b.compared(a.value(at: a.offset)) { test($1, $0) } }
        }
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

/// Comparisons with a number. Integers are compared with the number as it is, so that none is 2.7; numbers of the other types
/// with what it is in theirs, so that 0.1 is 0.1.
extension Tensor {
    public static func .== (a: Tensor, b: Int) -> Tensor { a.compared(Double(b), ==) }
    public static func .!= (a: Tensor, b: Int) -> Tensor { a.compared(Double(b), !=) }
    public static func .< (a: Tensor, b: Int) -> Tensor { a.compared(Double(b), <) }
    public static func .> (a: Tensor, b: Int) -> Tensor { a.compared(Double(b), >) }
    public static func .<= (a: Tensor, b: Int) -> Tensor { a.compared(Double(b), <=) }
    public static func .>= (a: Tensor, b: Int) -> Tensor { a.compared(Double(b), >=) }

    public static func .== (a: Tensor, b: some BinaryFloatingPoint) -> Tensor { a.compared(Double(b), ==) }
    public static func .!= (a: Tensor, b: some BinaryFloatingPoint) -> Tensor { a.compared(Double(b), !=) }
    public static func .< (a: Tensor, b: some BinaryFloatingPoint) -> Tensor { a.compared(Double(b), <) }
    public static func .> (a: Tensor, b: some BinaryFloatingPoint) -> Tensor { a.compared(Double(b), >) }
    public static func .<= (a: Tensor, b: some BinaryFloatingPoint) -> Tensor { a.compared(Double(b), <=) }
    public static func .>= (a: Tensor, b: some BinaryFloatingPoint) -> Tensor { a.compared(Double(b), >=) }

    public static func .== (a: Int, b: Tensor) -> Tensor { b .== a }
    public static func .!= (a: Int, b: Tensor) -> Tensor { b .!= a }
    public static func .< (a: Int, b: Tensor) -> Tensor { b .> a }
    public static func .> (a: Int, b: Tensor) -> Tensor { b .< a }
    public static func .<= (a: Int, b: Tensor) -> Tensor { b .>= a }
    public static func .>= (a: Int, b: Tensor) -> Tensor { b .<= a }

    public static func .== (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .== a }
    public static func .!= (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .!= a }
    public static func .< (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .> a }
    public static func .> (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .< a }
    public static func .<= (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .>= a }
    public static func .>= (a: some BinaryFloatingPoint, b: Tensor) -> Tensor { b .<= a }

    private func compared(_ number: Double, _ test: (Double, Double) -> Bool) -> Tensor {
        switch scalarType {
        case .float32:
            let number = Double(Float(number))
            return Kernels.map(detached) { (value: Float) -> UInt8 in test(Double(value), number) ? 1 : 0 }
        case .bfloat16:
            let number = BFloat16(converting: number).doubleValue
            return Kernels.map(detached) { (value: BFloat16) -> UInt8 in
                test(value.doubleValue, number) ? 1 : 0
            }
        case .int32:
            return Kernels.map(detached) { (value: Int32) -> UInt8 in test(Double(value), number) ? 1 : 0 }
        case .uint8:
            return Kernels.map(detached) { (value: UInt8) -> UInt8 in test(Double(value), number) ? 1 : 0 }
        }
    }
}
