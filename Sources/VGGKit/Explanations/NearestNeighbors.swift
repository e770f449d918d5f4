// SPDX-License-Identifier: Apache-2.0

import Checks

/// Finds the vectors most like others, by the cosine of the angle between them.
/// ```swift
/// let neighbors = NearestNeighbors(try model.embeddings(of: photos))
/// let like = neighbors.nearest(to: try model.embeddings(of: photo), count: 5)[0]
/// ```
public struct NearestNeighbors: Sendable {
    /// One of the vectors that were found for a query.
    public struct Neighbor: Sendable, Equatable {
        /// The vector's row in the tensor that was searched.
        public var index: Int
        /// The cosine of the angle to the query, -1 … 1.
        public var similarity: Float
    }

    /// `[N, D]`, rows of length 1; those that were 0 stay so.
    private let rows: Tensor

    /// - Parameter vectors: `[N, D]`
    public init(_ vectors: Tensor, file: StaticString = #fileID, line: UInt = #line) {
        check(
            vectors.rank == 2, "NearestNeighbors: takes vectors [N, D], not \(vectors.shape)", file: file,
            line: line)
        vectors.requireType(.float32, "NearestNeighbors", file: file, line: line)
        rows = Self.normalized(vectors)
    }

    /// For each query the most similar vectors, the most similar first; all, where there are fewer than
    /// `count`.
    /// - Parameter queries: `[M, D]`
    public func nearest(to queries: Tensor, count: Int, file: StaticString = #fileID, line: UInt = #line)
        -> [[Neighbor]]
    {
        check(
            queries.rank == 2 && queries.shape[1] == rows.shape[1],
            "NearestNeighbors: takes queries [M, \(rows.shape[1])], not \(queries.shape)",
            file: file, line: line)
        queries.requireType(.float32, "NearestNeighbors", file: file, line: line)
        check(
            count >= 0, "NearestNeighbors: count \(count) must be 0 or more", file: file, line: line)
        let count = min(count, rows.shape[0])
        let similarities = withoutRecording { matmul(Self.normalized(queries), rows.transposed()) }
        let (values, indices) = similarities.top(count)
        let (floats, rowIndices) = (values.floats, indices.scalars(Int32.self))
        return (0..<queries.shape[0]).map { query in
            (query * count..<(query + 1) * count).map {
                Neighbor(index: Int(rowIndices[$0]), similarity: floats[$0])
            }
        }
    }

    private static func normalized(_ vectors: Tensor) -> Tensor {
        withoutRecording {
            let lengths = sqrt((vectors * vectors).sum(axes: [1], keepDimensions: true))
            return vectors.detached / maximum(lengths, Tensor(Float.leastNormalMagnitude))
        }
    }
}
