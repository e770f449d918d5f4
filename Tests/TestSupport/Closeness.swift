// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

/// The element of two arrays where they are furthest apart.
public struct Difference: CustomStringConvertible, Sendable {
    public var index = 0
    public var actual: Float = 0
    public var expected: Float = 0
    /// Relative to the largest expected magnitude.
    public var relativeToLargest = 0.0
    /// Relative to the element's own magnitude plus the root mean square of all.
    public var relativeToElement = 0.0

    public var worst: Double { max(relativeToLargest, relativeToElement) }

    public var description: String {
        "element \(index) is \(actual), not \(expected): "
            + "\(relativeToLargest) of the largest value, \(relativeToElement) of the element and the root mean square"
    }

    /// NaN agrees with NaN only, an infinity with itself only. Of each distance `floor` is taken off: what
    /// rounding alone explains.
    public init(_ actual: [Float], _ expected: [Float], floor: Double = 0) {
        let finite = expected.lazy.filter(\.isFinite).map { Double($0) }
        let largest = finite.reduce(0) { max($0, abs($1)) }
        let meanSquare = finite.reduce(0) { $0 + $1 * $1 } / Double(max(expected.count, 1))
        let typical = meanSquare.squareRoot()
        for index in expected.indices {
            let (x, y) = (actual[index], expected[index])
            if x == y || (x.isNaN && y.isNaN) { continue }
            let distance = x.isFinite && y.isFinite ? max(abs(Double(x) - Double(y)) - floor, 0) : .infinity
            let toLargest = distance / max(largest, 1e-30)
            let toElement = distance / max(abs(Double(y)) + typical, 1e-30)
            if max(toLargest, toElement) > worst {
                self.index = index
                (self.actual, self.expected) = (x, y)
                (relativeToLargest, relativeToElement) = (toLargest, toElement)
            }
        }
    }
}

/// Expects each element to be close to the expected one, in row-major order, both relative to the largest
/// expected magnitude and relative to the element's own plus the root mean square of all.
public func expectClose(
    _ actual: Tensor, _ expected: [Float], relative: Double = 1e-5, floor: Double = 0,
    _ name: String = "tensor",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        actual.floats, expected, relative: relative, floor: floor, name, sourceLocation: sourceLocation)
}

public func expectClose(
    _ actual: [Float], _ expected: [Float], relative: Double = 1e-5, floor: Double = 0,
    _ name: String = "array",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record(
            "\(name): \(actual.count) elements, not \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let difference = Difference(actual, expected, floor: floor)
    if !(difference.worst <= relative) {
        Issue.record("\(name): \(difference), allowed \(relative)", sourceLocation: sourceLocation)
    }
}

extension FixtureFile {
    /// Expects a tensor to be close to the one stored under `key`, or to what is stored about it if it is a
    /// large one: its norm, its sum, its product with a second tensor, and samples. `floor` is the absolute
    /// error that rounding alone explains.
    public func expectClose(
        _ actual: Tensor, to key: String, relative: Double, floor: Double = 0, _ comment: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let label = "\(key)\(comment.isEmpty ? "" : ", \(comment)")"
        if let expected = floats(key) {
            if let shape = shape(key), shape != actual.shape {
                Issue.record("\(label): shape \(actual.shape), not \(shape)", sourceLocation: sourceLocation)
                return
            }
            TestSupport.expectClose(
                actual, expected, relative: relative, floor: floor, label, sourceLocation: sourceLocation)
        } else {
            expectStatistics(actual, key, label, relative, floor, sourceLocation)
        }
    }

    private func expectStatistics(
        _ actual: Tensor, _ key: String, _ label: String, _ relative: Double, _ floor: Double,
        _ sourceLocation: SourceLocation
    ) {
        guard let expected = values("\(key)#statistics"), let samples = floats("\(key)#samples") else {
            Issue.record("\(name) holds nothing named \(key)", sourceLocation: sourceLocation)
            return
        }
        let values = actual.floats
        let seed = Deterministic.seed([name, key])
        var (squares, sum, product) = (0.0, 0.0, 0.0)
        for (index, value) in values.enumerated() {
            let value = Double(value)
            squares += value * value
            sum += value
            product += value * Double(Deterministic.uniform(seed: seed, index))
        }
        let allowed = 4 * relative * expected[0]
        let count = Double(values.count)
        // Rounding errors may all go one way: a weight decay below the weights' precision does.
        let found = [
            ("norm", squares.squareRoot(), floor * count.squareRoot()), ("sum", sum, floor * count),
            ("product", product, floor * count.squareRoot()),
        ]
        for ((what, value, rounding), wanted) in zip(found, expected)
        where !(abs(value - wanted) <= allowed + rounding) {
            Issue.record(
                "\(label): its \(what) is \(value), not \(wanted), allowed \(allowed + rounding)",
                sourceLocation: sourceLocation)
        }
        let chosen = samples.indices.map {
            values[Deterministic.integer(seed: seed, $0, below: values.count)]
        }
        TestSupport.expectClose(
            chosen, samples, relative: relative, floor: floor, "samples of \(label)",
            sourceLocation: sourceLocation)
    }
}

/// CRC-32 (IEEE) of the text's UTF-8 bytes, as Python's `zlib.crc32`.
func crc32(_ text: String) -> UInt32 {
    var register: UInt32 = ~0
    for byte in text.utf8 {
        register ^= UInt32(byte)
        for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
    }
    return ~register
}
