// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// The elements as another type. Conversions to integers round towards zero and stay within the type's range.
    /// Gradients pass only where both types are `float32`.
    public func to(_ type: ScalarType) -> Tensor {
        guard type != scalarType else { return self }
        switch (scalarType, type) {
        case (.float32, .bfloat16): return Kernels.map(detached) { (value: Float) in BFloat16(value) }
        case (.bfloat16, .float32): return Kernels.map(detached) { (value: BFloat16) in value.floatValue }
        case (.uint8, .float32): return Kernels.map(detached) { (value: UInt8) in Float(value) }
        case (.int32, .float32): return Kernels.map(detached) { (value: Int32) in Float(value) }
        default: return convert(to: type)
        }
    }

    private func convert(to type: ScalarType) -> Tensor {
        func from<A: Scalar>(_: A.Type) -> Tensor {
            func to<R: Scalar>(_: R.Type) -> Tensor {
                Kernels.map(detached, A.self, R.self) { R(converting: $0.doubleValue) }
            }
            return switch type {
            case .float32: to(Float.self)
            case .bfloat16: to(BFloat16.self)
            case .int32: to(Int32.self)
            case .uint8: to(UInt8.self)
            }
        }
        return switch scalarType {
        case .float32: from(Float.self)
        case .bfloat16: from(BFloat16.self)
        case .int32: from(Int32.self)
        case .uint8: from(UInt8.self)
        }
    }
}
