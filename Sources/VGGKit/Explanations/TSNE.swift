// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Maps vectors to a plane so that neighbours stay neighbours. Distances between groups, and their sizes,
/// mean little. Exact, hence for some thousand vectors at most. As scikit-learn's `TSNE` with
/// `method="exact"`, `init="pca"`.
///
/// L. van der Maaten and G. Hinton, "Visualizing Data using t-SNE", JMLR 2008.
public struct TSNE: Sendable {
    /// The approximate number of neighbours of a vector. It is lowered if there are fewer than three times as
    /// many vectors.
    public var perplexity: Double
    /// Steps of gradient descent. In the first 250 of them vectors attract each other 12 times as much, so
    /// that groups form.
    public var iterations: Int
    /// Step size of the gradient descent; nil for N / 48, but at least 50.
    public var learningRate: Float?

    /// In the first iterations neighbours attract each other more strongly, so that groups form.
    private static let (exaggeratedIterations, exaggeration): (Int, Float) = (250, 12)

    /// - Parameter learningRate: nil for N / 48, but at least 50
    public init(
        perplexity: Double = 30, iterations: Int = 750, learningRate: Float? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            perplexity > 0 && iterations > 0,
            "TSNE: perplexity \(perplexity) and \(iterations) iterations must be positive", file: file,
            line: line)
        self.perplexity = perplexity
        self.iterations = iterations
        self.learningRate = learningRate
    }

    /// `[N, D]` → `[N, 2]`, the same for the same vectors.
    public func callAsFunction(_ vectors: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor
    {
        check(
            vectors.rank == 2 && (vectors.shape[0] == 0 || vectors.shape[1] > 0),
            "TSNE: takes vectors [N, D], not \(vectors.shape)", file: file, line: line)
        vectors.requireType(.float32, "TSNE", file: file, line: line)
        guard vectors.shape[0] > 3 else { return Self.start(vectors) }
        return withoutRecording { descended(from: Self.start(vectors), affinities(vectors.detached)) }
    }

    /// The first two principal components, small.
    private static func start(_ vectors: Tensor) -> Tensor {
        let count = vectors.shape[0]
        guard count > 0 else { return Tensor.zeros([0, 2]) }
        let components = PrincipalComponents(of: vectors, count: min(2, vectors.shape[1]))
        let deviation = max(components.variances[0].squareRoot(), .leastNormalMagnitude)
        let scores = components(vectors) * (1e-4 / deviation)
        return scores.shape[1] == 2 ? scores : concatenate([scores, Tensor.zeros([count, 1])], axis: 1)
    }

    private func descended(from start: Tensor, _ affinities: Tensor) -> Tensor {
        let count = start.shape[0]
        let rate = learningRate ?? max(Float(count) / Self.exaggeration / 4, 50)
        let others = Self.others(count)
        var points = start
        var step = Tensor.zeros([count, 2])
        var gains = Tensor.ones([count, 2])
        for iteration in 0..<iterations {
            let isEarly = iteration < Self.exaggeratedIterations
            let gradient = Self.gradient(points, affinities * (isEarly ? Self.exaggeration : 1), others)
            let turns = (gradient * step .> Tensor(Float(0))).to(.float32)
            gains = maximum(turns * (gains * 0.8) + (1 - turns) * (gains + 0.2), Tensor(Float(0.01)))
            step = step * (isEarly ? 0.5 : 0.8) - gradient * gains * rate
            points = points + step
        }
        return points - points.mean(axes: [0])
    }

    /// `4 Σⱼ (pᵢⱼ - qᵢⱼ) wᵢⱼ (yᵢ - yⱼ)` with Student's `wᵢⱼ = 1 / (1 + |yᵢ - yⱼ|²)` and `q = w / Σ w`
    private static func gradient(_ points: Tensor, _ affinities: Tensor, _ others: Tensor) -> Tensor {
        let weights = others / (1 + squaredDistances(points))
        let forces = (affinities - weights / weights.sum()) * weights
        return 4 * (forces.sum(axes: [1], keepDimensions: true) * points - matmul(forces, points))
    }

    /// 0 on the diagonal, 1 elsewhere.
    private static func others(_ count: Int) -> Tensor {
        1 - Tensor.oneHot(Tensor((0..<count).map(Int32.init)), classCount: count)
    }

    private static func squaredDistances(_ x: Tensor) -> Tensor {
        let squares = (x * x).sum(axes: [1], keepDimensions: true)
        return maximum(squares + squares.transposed() - 2 * matmul(x, x.transposed()), Tensor(Float(0)))
    }

    /// How much each vector is a neighbour of each other one: `[N, N]`, symmetric, of sum 1.
    func affinities(_ vectors: Tensor) -> Tensor {
        let count = vectors.shape[0]
        let distances = Self.squaredDistances(vectors - vectors.mean(axes: [0])).floats
        let target = log(min(perplexity, max(1, Double(count - 1) / 3)))
        let rows = (0..<count).flatMap { row in
            Self.neighbors(
                of: row, distances[row * count..<(row + 1) * count].map { Double($0) }, entropy: target)
        }
        let conditional = Tensor(rows, shape: [count, count])
        return (conditional + conditional.transposed()) * (0.5 / Float(count))
    }

    /// A normal distribution about a vector whose entropy is that of as many equal neighbours as the
    /// perplexity says.
    private static func neighbors(of row: Int, _ distances: [Double], entropy target: Double) -> [Float] {
        let nearest = distances.indices.filter { $0 != row }.map { distances[$0] }.min() ?? 0
        var (low, high, precision) = (0.0, Double.infinity, 1.0)
        var shares: [Double] = []
        for _ in 0..<100 {
            // Subtracting the nearest distance leaves the shares unchanged, and avoids that all are 0.
            let weights = distances.indices.map {
                $0 == row ? 0 : exp(-precision * (distances[$0] - nearest))
            }
            let total = weights.reduce(0, +)
            shares = weights.map { $0 / total }
            let entropy = -shares.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
            if abs(entropy - target) < 1e-5 { break }
            if entropy > target { low = precision } else { high = precision }
            precision = high.isFinite ? (low + high) / 2 : 2 * precision
        }
        return shares.map { Float($0) }
    }
}
