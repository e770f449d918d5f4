// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// The elements as another type. Conversions to integers round towards zero and stay within the type's
    /// range. Gradients pass only where both types are `float32`.
    public func to(_ type: ScalarType) -> Tensor {
        type == scalarType ? self : Kernels.convert(detached, to: type)
    }
}
