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
