// SPDX-License-Identifier: Apache-2.0

import Checks

/// An index of a tensor's subscript: a number (`2`, `-1` for the last), a range (`1..<3`, `2...`), every
/// other element (`stride(from: 0, to: 6, by: 2)`, backwards too), or `WholeAxis.all`. None may reach outside
/// the axis.
public protocol TensorIndex {
    /// The part of an axis of the given length.
    func resolved(length: Int) -> AxisPart
}

/// Elements of an axis at equal distances: `start`, `start + step`, …, `count` of them.
public struct AxisPart: Sendable, Hashable {
    /// Index of the first element along the axis.
    public var start: Int
    /// Number of elements.
    public var count: Int
    /// Distance from one element to the next; negative goes backwards.
    public var step: Int
    /// Whether the axis disappears, as it does with an index.
    public var isDropped: Bool

    /// The part that a `TensorIndex` selects. A subscript traps if it reaches outside the axis.
    public init(start: Int, count: Int, step: Int = 1, isDropped: Bool = false) {
        (self.start, self.count, self.step, self.isDropped) = (start, count, step, isDropped)
    }

    /// Whether all elements are within an axis of the given length.
    func lies(within length: Int) -> Bool {
        guard count > 0 else { return count == 0 && start >= 0 && start <= length }
        let axis = 0..<length
        return axis.contains(start) && count <= length && (-length...length).contains(step)
            && axis.contains(start + (count - 1) * step)
    }

    fileprivate init(_ range: Range<Int>, _ length: Int) {
        check(
            range.lowerBound >= 0 && range.upperBound <= length,
            "range \(range) is outside an axis of length \(length)")
        self.init(start: range.lowerBound, count: range.count)
    }

    fileprivate init(_ indices: some Sequence<Int>, _ length: Int) {
        self.init(start: 0, count: 0)
        for index in indices {
            check(index >= 0 && index < length, "index \(index) is outside an axis of length \(length)")
            if count == 0 { start = index }
            if count == 1 { step = index - start }
            count += 1
        }
    }
}

extension Int: TensorIndex {
    public func resolved(length: Int) -> AxisPart {
        check(self >= -length && self < length, "index \(self) is outside an axis of length \(length)")
        return AxisPart(start: self < 0 ? self + length : self, count: 1, isDropped: true)
    }
}

extension Range<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart { AxisPart(self, length) }
}

extension ClosedRange<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart {
        check(
            lowerBound >= 0 && upperBound < length, "range \(self) is outside an axis of length \(length)")
        return AxisPart(lowerBound..<upperBound + 1, length)
    }
}

extension PartialRangeFrom<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart {
        check(
            lowerBound >= 0 && lowerBound <= length,
            "range \(lowerBound)... is outside an axis of length \(length)")
        return AxisPart(lowerBound..<length, length)
    }
}

extension PartialRangeUpTo<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart {
        check(
            upperBound >= 0 && upperBound <= length,
            "range ..<\(upperBound) is outside an axis of length \(length)")
        return AxisPart(0..<upperBound, length)
    }
}

extension PartialRangeThrough<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart {
        check(
            upperBound >= -1 && upperBound < length,
            "range ...\(upperBound) is outside an axis of length \(length)")
        return AxisPart(0..<upperBound + 1, length)
    }
}

extension StrideTo<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart { AxisPart(self, length) }
}

extension StrideThrough<Int>: TensorIndex {
    public func resolved(length: Int) -> AxisPart { AxisPart(self, length) }
}

/// All of an axis.
public struct WholeAxis: TensorIndex, Sendable {
    /// Every element of an axis, as `:` in Python: `x[WholeAxis.all, 0]`.
    public static let all = WholeAxis()
    public func resolved(length: Int) -> AxisPart { AxisPart(start: 0, count: length) }
}
