// SPDX-License-Identifier: Apache-2.0

import Checks

/// How important each position of an image is, from 0 to 1.
public struct HeatMap: Sendable, Equatable {
    /// Rows of the map. A layer's map usually has fewer than the image.
    public let height: Int
    /// Columns of the map.
    public let width: Int
    /// `height` rows of `width` values.
    public let values: [Float]

    /// - Parameter values: 0 or more; they are divided by the largest, unless all are 0.
    public init(height: Int, width: Int, values: [Float], file: StaticString = #fileID, line: UInt = #line) {
        check(
            height > 0 && width > 0 && values.count % width == 0 && values.count / width == height,
            "HeatMap: \(values.count) values are not \(height)×\(width)", file: file, line: line)
        let largest = values.reduce(0) { max($0, $1) }
        self.height = height
        self.width = width
        self.values = largest > 0 ? values.map { max(0, $0 / largest) } : values.map { _ in 0 }
    }

    /// The map at another size, with values between those of neighbours. As PyTorch's `interpolate` with
    /// `bilinear` and without aligned corners.
    public func resized(
        height: Int, width: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> [Float] {
        check(
            (1...1 << 20).contains(height) && (1...1 << 20).contains(width),
            "HeatMap: a size of \(height)×\(width) must be positive", file: file, line: line)
        let rows = Self.neighbors(self.height, height)
        let columns = Self.neighbors(self.width, width)
        var result: [Float] = []
        result.reserveCapacity(height * width)
        for row in rows {
            let (upper, lower) = (row.first * self.width, row.second * self.width)
            for column in columns {
                let above = Self.mix(
                    values[upper + column.first], values[upper + column.second], column.share)
                let below = Self.mix(
                    values[lower + column.first], values[lower + column.second], column.share)
                result.append(Self.mix(above, below, row.share))
            }
        }
        return result
    }

    /// For each new index the two old indices that it lies between, and the weight of the second.
    private static func neighbors(_ old: Int, _ new: Int) -> [(first: Int, second: Int, share: Float)] {
        (0..<new).map { index in
            let position = max(0, (Float(index) + 0.5) * Float(old) / Float(new) - 0.5)
            let first = min(Int(position), old - 1)
            return (first, min(first + 1, old - 1), position - Float(first))
        }
    }

    private static func mix(_ a: Float, _ b: Float, _ share: Float) -> Float { a + share * (b - a) }
}
