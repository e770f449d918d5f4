// SPDX-License-Identifier: Apache-2.0

import Checks

/// The directions in which vectors vary most. As scikit-learn's `PCA`.
/// ```swift
/// let plane = PrincipalComponents(of: embeddings, count: 2)
/// let points = plane(embeddings)          // [N, 2]
/// ```
public struct PrincipalComponents: Sendable {
    /// `[D]`
    public let mean: Tensor
    /// `[count, D]`: orthogonal directions of length 1, that of the largest variance first; the entry of the
    /// largest magnitude of each is positive.
    public let components: Tensor
    /// The variance along each component, divided by one less than the number of vectors.
    public let variances: [Float]
    /// Each component's share of the total variance, 0 … 1.
    public let shares: [Float]

    /// Finds the components by subspace iteration. A few more directions than `count` are used, so that it
    /// converges fast.
    ///
    /// N. Halko, P. G. Martinsson and J. A. Tropp, "Finding Structure with Randomness", SIAM Review 2011.
    /// - Parameters:
    ///   - vectors: `[N, D]`, N and D at least 1
    ///   - count: 1 … D
    public init(of vectors: Tensor, count: Int, file: StaticString = #fileID, line: UInt = #line) {
        check(
            vectors.rank == 2 && vectors.shape[0] > 0 && count > 0 && count <= vectors.shape[1],
            "PrincipalComponents: \(count) components of vectors \(vectors.shape); takes vectors [N, D], 1 to D components",
            file: file, line: line
        )
        vectors.requireType(.float32, "PrincipalComponents", file: file, line: line)
        let degrees = Double(max(1, vectors.shape[0] - 1))
        let (mean, centered) = withoutRecording {
            let mean = vectors.detached.mean(axes: [0])
            return (mean, vectors.detached - mean)
        }
        var basis = Basis(
            dimensions: vectors.shape[1], count: min(vectors.shape[1], count + 10))
        for _ in 0..<100 where basis.refine(on: centered, count) > 1e-6 {}
        let total = withoutRecording { (centered * centered).sum(axes: [1]) }.floats
            .reduce(0) { $0 + Double($1) }
        self.mean = mean
        components = Tensor(
            basis.directions.prefix(count).flatMap { $0.pointingUp.map { Float($0) } },
            shape: [count, vectors.shape[1]])
        variances = basis.squares.prefix(count).map { Float($0 / degrees) }
        shares = basis.squares.prefix(count).map { Float(total > 0 ? $0 / total : 0) }
    }

    /// The vectors' coordinates along the components: `[N, D]` → `[N, count]`
    public func callAsFunction(_ vectors: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor
    {
        check(
            vectors.rank == 2 && vectors.shape[1] == mean.count,
            "PrincipalComponents: takes vectors [N, \(mean.count)], not \(vectors.shape)", file: file,
            line: line)
        vectors.requireType(.float32, "PrincipalComponents", file: file, line: line)
        return withoutRecording { matmul(vectors.detached - mean, components.transposed()) }
    }
}

/// The iteration's state: orthogonal directions of length 1, which converge to those of the largest
/// variances.
private struct Basis {
    var directions: [[Double]]
    /// The sum of the squares of the vectors' coordinates along each.
    var squares: [Double]
    private var generator = RandomGenerator(seed: 1)

    init(dimensions: Int, count: Int) {
        directions = []
        squares = [Double](repeating: 0, count: count)
        let drawn = (0..<count).map { _ in (0..<dimensions).map { _ in Double(generator.normal()) } }
        directions = orthogonal(drawn)
    }

    /// Multiplies the directions by `xᵀ · x` and rotates them, within their span, to the axes of the
    /// variance.
    /// - Returns: the largest change among the first `count` directions
    mutating func refine(on x: Tensor, _ count: Int) -> Double {
        let before = directions
        withoutRecording {
            let q = Tensor(
                directions.flatMap { $0.map { Float($0) } }, shape: [directions.count, x.shape[1]])
            let products = matmul(matmul(q, x.transposed()), x)
            directions = orthogonal(products.rows)
            turn(on: x)
        }
        return zip(before, directions).prefix(count).reduce(0) { worst, pair in
            let sign: Double = dot(pair.0, pair.1) < 0 ? -1 : 1
            let distance = zip(pair.0, pair.1).reduce(0) { $0 + ($1.0 - sign * $1.1) * ($1.0 - sign * $1.1) }
            return max(worst, distance.squareRoot())
        }
    }

    /// Rayleigh–Ritz: the eigenvectors of the vectors' covariance within the span.
    private mutating func turn(on x: Tensor) {
        let q = Tensor(directions.flatMap { $0.map { Float($0) } }, shape: [directions.count, x.shape[1]])
        let scores = matmul(q, x.transposed()).rows
        let eigen = SymmetricEigen(scores.map { a in scores.map { dot(a, $0) } })
        squares = eigen.values.map { max(0, $0) }
        directions = eigen.vectors.map { weights in
            var sum = [Double](repeating: 0, count: directions[0].count)
            for (weight, direction) in zip(weights, directions) {
                for index in sum.indices { sum[index] += weight * direction[index] }
            }
            return sum
        }
    }

    /// Gram–Schmidt, twice. A vector that lies in the span of the previous ones is replaced by one that does
    /// not.
    private mutating func orthogonal(_ vectors: [[Double]]) -> [[Double]] {
        var result: [[Double]] = []
        for vector in vectors {
            var candidate = vector
            var found: [Double]?
            while found == nil {
                found = Self.remainder(of: candidate, without: result)
                candidate = vector.indices.map { _ in Double(generator.normal()) }
            }
            result.append(found!)
        }
        return result
    }

    private static func remainder(of vector: [Double], without others: [[Double]]) -> [Double]? {
        var rest = vector
        let length = dot(vector, vector).squareRoot()
        for _ in 0..<2 {
            for other in others {
                let share = dot(rest, other)
                for index in rest.indices { rest[index] -= share * other[index] }
            }
        }
        let left = dot(rest, rest).squareRoot()
        return left > 1e-9 * length ? rest.map { $0 / left } : nil
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

extension Tensor {
    fileprivate var rows: [[Double]] {
        let values = floats
        return (0..<shape[0]).map { row in values[row * shape[1]..<(row + 1) * shape[1]].map { Double($0) } }
    }
}

extension [Double] {
    /// This vector or its opposite: the one whose entry of the largest magnitude is positive.
    fileprivate var pointingUp: [Double] {
        let largest = self.max { abs($0) < abs($1) } ?? 0
        return largest < 0 ? map { -$0 } : self
    }
}
