// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Tensor: CustomStringConvertible {
    /// The elements as NumPy prints them: aligned, with at most four significant decimals; long axes are
    /// shortened in the middle.
    public var description: String {
        guard count > 0 else { return "Tensor([], shape: \(shape), \(scalarType))" }
        let summarized = count > 1000
        let values = detached.contiguous()
        let offsets = visible(summarized)
        let format = Self.format(
            offsets.map { values.value(at: $0 + values.offset) },
            isInteger: scalarType != .float32 && scalarType != .bfloat16)
        return values.render(axis: 0, offset: values.offset, summarized: summarized, format: format)
    }

    private static let edge = 3

    private func visible(_ summarized: Bool) -> [Int] {
        let strides = Shape.strides(shape)
        return shape.indices.reduce([0]) { offsets, axis in
            let shown = Self.shownIndices(shape[axis], summarized).compactMap { $0 }
            return offsets.flatMap { offset in shown.map { offset + $0 * strides[axis] } }
        }
    }

    /// The indices to print along an axis; nil stands for the dots.
    private static func shownIndices(_ length: Int, _ summarized: Bool) -> [Int?] {
        guard summarized && length > 2 * edge else { return (0..<length).map { $0 } }
        return (0..<edge).map { $0 } + [nil] + (length - edge..<length).map { $0 }
    }

    private func render(axis: Int, offset: Int, summarized: Bool, format: (Double) -> String) -> String {
        guard axis < rank else { return format(value(at: offset)) }
        let parts = Self.shownIndices(shape[axis], summarized).map { index in
            index.map {
                render(
                    axis: axis + 1, offset: offset + $0 * strides[axis], summarized: summarized,
                    format: format)
            }
                ?? "..."
        }
        let isLast = axis == rank - 1
        let separator =
            isLast
            ? ", "
            : "," + String(repeating: "\n", count: rank - 1 - axis) + String(repeating: " ", count: axis + 1)
        return "[" + parts.joined(separator: separator) + "]"
    }

    private static func format(_ values: [Double], isInteger: Bool) -> (Double) -> String {
        let finite = values.filter(\.isFinite).map { Swift.abs($0) }
        let largest = finite.max() ?? 0
        let smallest = finite.filter { $0 > 0 }.min() ?? 1
        let text: (Double) -> String
        if isInteger {
            text = { String(Int($0)) }
        } else if largest >= 1e8 || largest / smallest >= 1e6 || (largest > 0 && largest < 1e-3) {
            text = { $0.isFinite ? String(format: "%.4e", $0) : "\($0)" }
        } else {
            let decimals = finite.map(decimalsNeeded).max() ?? 0
            text = { value in
                guard value.isFinite else { return "\(value)" }
                return String(format: "%.\(decimals)f", value) + (decimals == 0 ? "." : "")
            }
        }
        let width = values.map { text($0).count }.max() ?? 0
        return { value in
            let digits = text(value)
            return String(repeating: " ", count: Swift.max(0, width - digits.count)) + digits
        }
    }

    private static func decimalsNeeded(_ value: Double) -> Int {
        (0..<4).first {
            Swift.abs(
                value * Foundation.pow(10, Double($0)) - (value * Foundation.pow(10, Double($0))).rounded())
                < 1e-6
        } ?? 4
    }
}
