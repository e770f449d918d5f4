// SPDX-License-Identifier: Apache-2.0

import Checks

/// Access to the elements from the processor. A GPU's results are copied to the host for it.
extension Tensor {
    /// A tensor of the scalars in row-major order.
    public init<S: Scalar>(_ scalars: [S], shape: [Int], file: StaticString = #fileID, line: UInt = #line) {
        Shape.requireAddressable(shape, "Tensor", file: file, line: line)
        check(
            scalars.count == Shape.count(shape),
            "Tensor: shape \(shape) holds \(Shape.count(shape)) elements, \(scalars.count) were given",
            file: file, line: line)
        self.init(uninitialized: shape, S.scalarType)
        withMutableScalars(S.self) { buffer in _ = buffer.update(fromContentsOf: scalars) }
    }

    /// The elements in row-major order. Traps if `type` is not the tensor's.
    public func scalars<S: Scalar>(_ type: S.Type = S.self, file: StaticString = #fileID, line: UInt = #line)
        -> [S]
    {
        requireType(S.scalarType, "scalars", file: file, line: line)
        return detached.rowMajor.withScalars(S.self) { buffer in Array(buffer) }
    }

    /// The elements of a `float32` tensor in row-major order.
    public var floats: [Float] {
        requireType(.float32, "floats")
        return scalars(Float.self)
    }

    /// The element of a tensor that has exactly one, of any type and shape. An integer above 2²⁴ is rounded
    /// to a `Float`; `item(Int32.self)` is exact.
    public func item(file: StaticString = #fileID, line: UInt = #line) -> Float {
        check(
            count == 1, "item: a tensor of shape \(shape) has \(count) elements, not one", file: file,
            line: line)
        return Float(detached.value(at: offset))
    }

    /// The element of a tensor that has exactly one, of any shape. Traps if `type` is not the tensor's.
    public func item<S: Scalar>(_ type: S.Type, file: StaticString = #fileID, line: UInt = #line) -> S {
        check(
            count == 1, "item: a tensor of shape \(shape) has \(count) elements, not one", file: file,
            line: line)
        requireType(S.scalarType, "item", file: file, line: line)
        return scalars(type)[0]
    }

    /// This tensor, with the copy to the task's device begun, if that is a GPU.
    package func sent() -> Tensor {
        if let context = Device.current.context { _ = storage.address(on: context, .reading) }
        return self
    }

    /// The element at an index of the storage, as a number.
    package func value(at index: Int) -> Double {
        switch scalarType {
        case .float32: storage.bytes.load(fromByteOffset: index * 4, as: Float.self).doubleValue
        case .int32: storage.bytes.load(fromByteOffset: index * 4, as: Int32.self).doubleValue
        case .bfloat16: storage.bytes.load(fromByteOffset: index * 2, as: BFloat16.self).doubleValue
        case .uint8: storage.bytes.load(fromByteOffset: index, as: UInt8.self).doubleValue
        }
    }
}

extension Tensor {
    /// Reads the elements without a copy, in memory order: row-major for `isContiguous` tensors. Traps if the
    /// elements have another type, or if there are gaps between them (`contiguous()` has none).
    /// - Parameter body: gets the elements; the buffer ends with the call
    public func withScalars<S: Scalar, R>(
        _ type: S.Type = S.self, _ body: (UnsafeBufferPointer<S>) throws -> R
    ) rethrows -> R {
        requireType(S.scalarType, "withScalars")
        check(isDense, "withScalars: shape \(shape) with strides \(strides) has gaps")
        let start = storage.bytes.assumingMemoryBound(to: S.self) + offset
        return try withExtendedLifetime(storage) { try body(UnsafeBufferPointer(start: start, count: count)) }
    }

    /// As `withMutableScalars`, for elements of any type.
    package mutating func withMutableBytes<R>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> R
    ) rethrows -> R {
        switch scalarType {
        case .float32: try withMutableScalars(Float.self) { try body(UnsafeMutableRawBufferPointer($0)) }
        case .int32: try withMutableScalars(Int32.self) { try body(UnsafeMutableRawBufferPointer($0)) }
        case .bfloat16: try withMutableScalars(BFloat16.self) { try body(UnsafeMutableRawBufferPointer($0)) }
        case .uint8: try withMutableScalars(UInt8.self) { try body(UnsafeMutableRawBufferPointer($0)) }
        }
    }

    /// Changes the elements in place; they are copied first if another tensor shares them. Traps as
    /// `withScalars` does.
    /// - Parameter body: gets the elements; the buffer ends with the call
    public mutating func withMutableScalars<S: Scalar, R>(
        _ type: S.Type = S.self, _ body: (UnsafeMutableBufferPointer<S>) throws -> R
    ) rethrows -> R {
        requireType(S.scalarType, "withMutableScalars")
        check(isDense, "withMutableScalars: shape \(shape) with strides \(strides) has gaps")
        makeUnique()
        let start = storage.mutableBytes.assumingMemoryBound(to: S.self) + offset
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableBufferPointer(start: start, count: count))
        }
    }

    /// Makes this the only tensor on its storage, and gives each element a memory location of its own (a
    /// broadcast tensor has fewer).
    package mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) || !isDense {
            let node = node
            self = Kernels.copy(self, strides: isDense ? strides : Shape.strides(shape))
            self.node = node
        }
    }
}
