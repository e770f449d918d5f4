// SPDX-License-Identifier: Apache-2.0

import Checks

/// An n-dimensional array: a value, copied when written to.
///
/// The logical order of the elements is row-major in `shape`; how they lie in memory (`strides`) is the kernels'
/// business. A tensor that came out of a recorded operation remembers how to pull a gradient back (see `backward()`).
public struct Tensor: Sendable {
    public let shape: [Int]
    /// Distance in elements between neighbours along each axis.
    public let strides: [Int]
    public let scalarType: ScalarType

    package var storage: Storage
    /// Index of the first element in the storage.
    package let offset: Int
    /// What produced this tensor, where that is recorded.
    package var node: Node?

    package init(
        storage: Storage, offset: Int = 0, shape: [Int], strides: [Int], scalarType: ScalarType,
        node: Node? = nil
    ) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = strides
        self.scalarType = scalarType
        self.node = node
    }

    /// A tensor with undefined contents.
    package init(uninitialized shape: [Int], _ type: ScalarType = .float32, order: MemoryOrder = .contiguous)
    {
        Shape.requireAddressable(shape, "Tensor")
        self.init(uninitialized: shape, strides: Shape.strides(shape, order: order), type)
    }

    /// A tensor with undefined contents that lies in memory as `strides` (of a gapless tensor) say.
    package init(uninitialized shape: [Int], strides: [Int], _ type: ScalarType = .float32) {
        Shape.requireAddressable(shape, "Tensor")
        self.init(
            storage: Storage(byteCount: Shape.count(shape) * type.byteCount), shape: shape, strides: strides,
            scalarType: type)
    }

    public var rank: Int { shape.count }
    public var count: Int { Shape.count(shape) }
    public var byteCount: Int { count * scalarType.byteCount }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool { Shape.matches(shape, strides, Shape.strides(shape)) }

    package var isChannelsLast: Bool {
        rank == 4 && Shape.matches(shape, strides, Shape.strides(shape, order: .channelsLast))
    }

    package var isDense: Bool { Shape.isDense(shape, strides) }

    /// The same values, not recorded: nothing flows back through it.
    public var detached: Tensor {
        var copy = self
        copy.node = nil
        return copy
    }

    /// The elements in row-major order. Traps if `type` is not the tensor's.
    public func scalars<S: Scalar>(_ type: S.Type = S.self, file: StaticString = #fileID, line: UInt = #line)
        -> [S]
    {
        requireType(S.scalarType, "scalars", file: file, line: line)
        return detached.contiguous().withScalars(S.self) { buffer in Array(buffer) }
    }

    /// The elements of a `float32` tensor in row-major order.
    public var floats: [Float] {
        requireType(.float32, "floats")
        return scalars(Float.self)
    }

    /// The one element of a tensor of any type and shape that has just one. An integer above 2²⁴ is rounded to what a
    /// `Float` holds: `item(Int32.self)` is exact.
    public func item(file: StaticString = #fileID, line: UInt = #line) -> Float {
        check(
            count == 1, "item: a tensor of shape \(shape) has \(count) elements, not one", file: file,
            line: line)
        return Float(detached.value(at: offset))
    }

    /// The one element of a tensor of any shape that has just one, in its own type, which traps if it is not `type`.
    public func item<S: Scalar>(_ type: S.Type, file: StaticString = #fileID, line: UInt = #line) -> S {
        check(
            count == 1, "item: a tensor of shape \(shape) has \(count) elements, not one", file: file,
            line: line)
        requireType(S.scalarType, "item", file: file, line: line)
        return scalars(type)[0]
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

    /// Traps where the elements have another type.
    package func requireType(
        _ type: ScalarType, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            scalarType == type,
            "\(operation): takes \(type) elements, these are \(scalarType); convert with to(.\(type))",
            file: file, line: line)
    }
}

extension Tensor {
    /// Reads the elements in memory order. The tensor must be gapless.
    package func withScalars<S: Scalar, R>(
        _ type: S.Type = S.self, _ body: (UnsafeBufferPointer<S>) throws -> R
    ) rethrows -> R {
        requireType(S.scalarType, "withScalars")
        check(isDense, "withScalars: shape \(shape) with strides \(strides) has gaps")
        let start = storage.bytes.assumingMemoryBound(to: S.self) + offset
        return try withExtendedLifetime(storage) { try body(UnsafeBufferPointer(start: start, count: count)) }
    }

    /// Writes the elements in memory order, after a copy if the memory is shared. The tensor must be gapless.
    package mutating func withMutableScalars<S: Scalar, R>(
        _ type: S.Type = S.self, _ body: (UnsafeMutableBufferPointer<S>) throws -> R
    ) rethrows -> R {
        requireType(S.scalarType, "withMutableScalars")
        check(isDense, "withMutableScalars: shape \(shape) with strides \(strides) has gaps")
        makeUnique()
        let start = storage.bytes.assumingMemoryBound(to: S.self) + offset
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableBufferPointer(start: start, count: count))
        }
    }

    /// Makes this the only tensor on its storage, with a place of its own for each element.
    package mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) || !isDense {
            self = Kernels.copy(self, strides: isDense ? strides : Shape.strides(shape), node: node)
        }
    }
}
