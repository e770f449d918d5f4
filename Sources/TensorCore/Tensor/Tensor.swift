// SPDX-License-Identifier: Apache-2.0

import Checks

/// An n-dimensional array: a value, copied when written to.
///
/// The logical order of the elements is row-major in `shape`; their order in memory (`strides`) may differ.
/// The result of a recorded operation remembers how to compute gradients (see `backward()`).
public struct Tensor: Sendable {
    /// The length of each axis, as `[N, C, H, W]`; `[]` for a scalar.
    public let shape: [Int]
    /// Distance in elements between neighbours along each axis.
    public let strides: [Int]
    /// The type of the elements.
    public let scalarType: ScalarType

    package var storage: Storage
    /// Index of the first element in the storage.
    package let offset: Int
    /// The recorded operation that produced this tensor; nil if none was recorded.
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

    /// A tensor with undefined contents and the given strides, which must leave no gaps.
    package init(uninitialized shape: [Int], strides: [Int], _ type: ScalarType = .float32) {
        Shape.requireAddressable(shape, "Tensor")
        self.init(
            storage: Storage(byteCount: Shape.count(shape) * type.byteCount), shape: shape, strides: strides,
            scalarType: type)
    }

    /// Number of axes; 0 for a scalar. As `torch.Tensor.dim`.
    public var rank: Int { shape.count }
    /// Number of elements: the product of `shape`, 1 for a scalar.
    public var count: Int { Shape.count(shape) }
    /// Bytes that `count` elements of this type take. A broadcast view has fewer of them in memory.
    public var byteCount: Int { count * scalarType.byteCount }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool { Shape.matches(shape, strides, Shape.strides(shape)) }

    package var isChannelsLast: Bool {
        rank == 4 && Shape.matches(shape, strides, Shape.strides(shape, order: .channelsLast))
    }

    package var isDense: Bool { Shape.isDense(shape, strides) }

    /// The same values, not recorded: no gradient flows back through them.
    public var detached: Tensor {
        var copy = self
        copy.node = nil
        return copy
    }

    /// Traps if the elements have another type.
    package func requireType(
        _ type: ScalarType, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            scalarType == type,
            "\(operation): takes \(type) elements, these are \(scalarType); convert with to(.\(type))",
            file: file, line: line)
    }
}
