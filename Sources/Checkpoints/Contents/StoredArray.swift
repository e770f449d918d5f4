// SPDX-License-Identifier: Apache-2.0

import Files

/// A tensor as it is stored in a file: bits, type, shape and strides, before any conversion.
package struct StoredArray: Sendable {
    package let block: StoredBlock
    /// Index of the first element in the block.
    package let offset: Int
    package let shape: [Int]
    /// Distances between neighbours along each axis, in elements.
    package let strides: [Int]

    package var type: StoredType { block.type }
    package var count: Int { Shape.count(shape) }
    package var byteCount: Int { count * type.byteCount }

    /// PyTorch's own bound on the number of axes.
    static let maximumRank = 64

    /// Nil unless all elements lie in the block, and their number fits an `Int`.
    package init?(_ block: StoredBlock, offset: Int = 0, shape: [Int], strides: [Int]) {
        guard Self.fits(block.count, offset: offset, shape: shape, strides: strides) else { return nil }
        self.init(unchecked: block, offset: offset, shape: shape, strides: strides)
    }

    private init(unchecked block: StoredBlock, offset: Int, shape: [Int], strides: [Int]) {
        self.block = block
        self.offset = offset
        self.shape = shape
        self.strides = strides
    }

    /// Views the elements of a tensor without a copy.
    package init(_ tensor: Tensor) {
        let tensor = tensor.detached
        let isEmpty = tensor.count == 0
        let width = tensor.scalarType.byteCount
        let last = zip(tensor.shape, tensor.strides).reduce(tensor.offset) { $0 + ($1.0 - 1) * $1.1 }
        let bytes = UnsafeRawBufferPointer(
            start: tensor.storage.bytes, count: isEmpty ? 0 : (last + 1) * width)
        self.init(
            unchecked: StoredBlock(
                ByteSlice(bytes, keeping: tensor.storage), StoredType(tensor.scalarType)),
            offset: isEmpty ? 0 : tensor.offset, shape: tensor.shape, strides: tensor.strides)
    }

    /// Whether a view stays within `count` elements, and its size fits an `Int`. The other lengths are
    /// checked even if one is 0, because strides are their products.
    package static func fits(_ count: Int, offset: Int, shape: [Int], strides: [Int]) -> Bool {
        guard shape.count == strides.count, shape.count <= maximumRank, offset >= 0 else { return false }
        var (size, last) = (8, offset)
        for (length, stride) in zip(shape, strides) {
            guard length >= 0, stride >= 0 else { return false }
            guard length > 0 else { continue }
            let (product, tooLarge) = size.multipliedReportingOverflow(by: length)
            let (reach, tooFar) = (length - 1).multipliedReportingOverflow(by: stride)
            let (sum, outside) = last.addingReportingOverflow(reach)
            guard !tooLarge, !tooFar, !outside else { return false }
            (size, last) = (product, sum)
        }
        return shape.contains(0) ? offset <= count : last < count
    }

    /// The tensor: a view of the file's memory where its type is one that tensors have.
    /// - Throws: `CheckpointError`, which names the element that does not fit.
    func tensor(_ name: String, in part: FilePart) throws(CheckpointError) -> Tensor {
        do throws(StoredBlock.Failure) {
            return Tensor(
                storage: try block.storage(), offset: offset, shape: shape, strides: strides,
                scalarType: type.scalarType.type)
        } catch {
            switch error {
            case .misfit(let index, let value):
                throw .tensor(
                    part.url, name: name,
                    found: "the \(type.rawValue) value \(value) at element \(index - offset)",
                    expected: "values within \(type.scalarType.type)")
            case .memory(let reason): throw .unreadable(part.url, reason: reason)
            }
        }
    }

    private var isContiguous: Bool { Shape.matches(shape, strides, Shape.strides(shape)) }

    /// Hands out the elements in row-major order, little-endian, a piece at a time.
    package func forEachPiece<E: Error>(_ body: (ByteSlice) throws(E) -> Void) throws(E) {
        guard count > 0 else { return }
        let width = type.byteCount
        if isContiguous, !block.isBigEndian {
            return try body(block.bytes[offset * width..<(offset + count) * width])
        }
        var piece: [UInt8] = []
        piece.reserveCapacity(1 << 17)
        let (run, step) = (shape.last ?? 1, strides.last ?? 0)
        var (index, position) = ([Int](repeating: 0, count: max(0, shape.count - 1)), offset)
        for _ in 0..<count / run {
            for start in stride(from: 0, to: run, by: 1 << 13) {
                block.bytes.gather(
                    min(1 << 13, run - start), elementsOf: width, from: position + start * step, stride: step,
                    reversed: block.isBigEndian, into: &piece)
                if piece.count >= 1 << 16 {
                    try body(ByteSlice.copying(piece))
                    piece.removeAll(keepingCapacity: true)
                }
            }
            for axis in index.indices.reversed() {
                index[axis] += 1
                position += strides[axis]
                if index[axis] < shape[axis] { break }
                position -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
        if !piece.isEmpty { try body(ByteSlice.copying(piece)) }
    }
}
