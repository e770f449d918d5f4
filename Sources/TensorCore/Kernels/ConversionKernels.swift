// SPDX-License-Identifier: Apache-2.0

extension Kernels {
    /// The elements as another type. Conversions to integers round towards zero and stay within the type's
    /// range.
    static func convert(_ x: Tensor, to type: ScalarType) -> Tensor {
        if let gpu { return gpu.convert(x, to: type) }
        func from<A: Scalar>(_: A.Type) -> Tensor {
            func to<R: Scalar>(_: R.Type) -> Tensor {
                map(x) { (value: A) in R(converting: value.doubleValue) }
            }
            return switch type {
            case .float32: to(Float.self)
            case .bfloat16: to(BFloat16.self)
            case .int32: to(Int32.self)
            case .uint8: to(UInt8.self)
            }
        }
        // The frequent conversions do not go through `Double`.
        return switch (x.scalarType, type) {
        case (.float32, .bfloat16): map(x) { (value: Float) in BFloat16(value) }
        case (.bfloat16, .float32): map(x) { (value: BFloat16) in value.floatValue }
        case (.uint8, .float32): map(x) { (value: UInt8) in Float(value) }
        case (.int32, .float32): map(x) { (value: Int32) in Float(value) }
        case (.float32, _): from(Float.self)
        case (.bfloat16, _): from(BFloat16.self)
        case (.int32, _): from(Int32.self)
        case (.uint8, _): from(UInt8.self)
        }
    }
}
