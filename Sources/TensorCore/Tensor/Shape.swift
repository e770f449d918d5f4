// SPDX-License-Identifier: Apache-2.0

import Checks

/// How a tensor's elements lie in memory. The logical order of the axes is always PyTorch's.
public enum MemoryOrder: Sendable {
    /// Row-major: the last axis varies fastest.
    case contiguous
    /// `[N, C, H, W]` with the channels of a pixel next to each other.
    case channelsLast
}

/// Arithmetic on shapes and strides.
package enum Shape {
    package static func count(_ shape: [Int]) -> Int { shape.reduce(1, *) }

    /// The longest kernel, stride, padding or dilation: products of two, and sums of such, fit an `Int`.
    package static let longest = Int(Int32.max)

    /// Whether the lengths are 0 or more, and the product of any of them, in bytes too, fits an `Int`.
    package static func isAddressable(_ shape: [Int]) -> Bool {
        var bytes = 8
        for length in shape {
            let (product, overflows) = bytes.multipliedReportingOverflow(by: max(1, length))
            if overflows || length < 0 { return false }
            bytes = product
        }
        return true
    }

    /// Traps if no tensor can have the shape.
    package static func requireAddressable(
        _ shape: [Int], _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            isAddressable(shape),
            "\(operation): no tensor has the shape \(shape); lengths are 0 or more, and their product below 2⁶⁰",
            file: file, line: line)
    }

    package static func strides(_ shape: [Int], order: MemoryOrder = .contiguous) -> [Int] {
        if order == .channelsLast && shape.count == 4 {
            let (c, h, w) = (shape[1], shape[2], shape[3])
            return [h * w * c, 1, w * c, c]
        }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in stride(from: shape.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        return strides
    }

    /// Whether a tensor has the given strides; the strides of axes of length 1 do not matter.
    package static func matches(_ shape: [Int], _ strides: [Int], _ wanted: [Int]) -> Bool {
        zip(shape, zip(strides, wanted)).allSatisfy { length, pair in length == 1 || pair.0 == pair.1 }
    }

    /// Whether the elements fill one gapless block in some order of the axes.
    package static func isDense(_ shape: [Int], _ strides: [Int]) -> Bool {
        if shape.contains(0) { return true }
        var expected = 1
        for axis in memoryOrder(shape, strides).reversed() where shape[axis] != 1 {
            guard strides[axis] == expected else { return false }
            expected *= shape[axis]
        }
        return true
    }

    /// The axes from the slowest to the fastest varying in memory; ties keep their logical order.
    package static func memoryOrder(_ shape: [Int], _ strides: [Int]) -> [Int] {
        shape.indices.sorted { (strides[$0], -$0) > (strides[$1], -$1) }
    }

    /// The shape that both broadcast to (NumPy's rule), or nil.
    package static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
        let rank = max(a.count, b.count)
        var result = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
            let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
            guard x == y || x == 1 || y == 1 else { return nil }
            result[axis] = x == 1 ? y : x
        }
        return result
    }

    /// Strides with which a tensor is read as if it had the broadcast shape.
    package static func broadcastStrides(_ shape: [Int], _ strides: [Int], to target: [Int]) -> [Int] {
        let missing = target.count - shape.count
        return target.indices.map { axis in
            axis < missing || (shape[axis - missing] == 1 && target[axis] != 1) ? 0 : strides[axis - missing]
        }
    }

    /// Turns a possibly negative axis into `0 ..< rank`; traps outside it.
    package static func axis(
        _ axis: Int, rank: Int, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) -> Int {
        check(
            axis >= -rank && axis < rank,
            "\(operation): axis \(axis) of a tensor of rank \(rank) must lie in \(-rank)..<\(rank)",
            file: file,
            line: line)
        return axis < 0 ? axis + rank : axis
    }

    package static func axes(
        _ axes: [Int], rank: Int, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) -> [Int] {
        let resolved = axes.map { axis($0, rank: rank, operation, file: file, line: line) }
        check(
            Set(resolved).count == resolved.count, "\(operation): axes \(axes) name an axis twice",
            file: file, line: line)
        return resolved
    }
}
