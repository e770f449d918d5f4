// SPDX-License-Identifier: Apache-2.0

/// The eigenvalues of a small symmetric matrix, largest first, and its eigenvectors, by Jacobi's rotations.
///
/// G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th edition, 8.5.
struct SymmetricEigen {
    var values: [Double]
    /// `vectors[k]` belongs to `values[k]` and has length 1.
    var vectors: [[Double]]

    init(_ matrix: [[Double]]) {
        let size = matrix.count
        var a = matrix
        // Rows become the eigenvectors.
        var v = (0..<size).map { row in (0..<size).map { $0 == row ? 1.0 : 0 } }
        let scale = a.joined().reduce(0) { max($0, abs($1)) }
        for _ in 0..<60 {
            let rest = (0..<size).reduce(0.0) { sum, i in (0..<i).reduce(sum) { max($0, abs(a[i][$1])) } }
            guard rest > 1e-15 * scale else { break }
            for p in 0..<size {
                for q in p + 1..<max(size, p + 1) { Self.rotate(&a, &v, p, q) }
            }
        }
        let order = (0..<size).sorted { a[$0][$0] > a[$1][$1] }
        values = order.map { a[$0][$0] }
        vectors = order.map { v[$0] }
    }

    /// Makes `a[p][q]` zero.
    private static func rotate(_ a: inout [[Double]], _ v: inout [[Double]], _ p: Int, _ q: Int) {
        guard a[p][q] != 0 else { return }
        let half = (a[q][q] - a[p][p]) / (2 * a[p][q])
        let t = (half >= 0 ? 1 : -1) / (abs(half) + (1 + half * half).squareRoot())
        let c = 1 / (1 + t * t).squareRoot()
        let s = t * c
        for k in a.indices {
            (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
        }
        for k in a.indices {
            (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
            (v[p][k], v[q][k]) = (c * v[p][k] - s * v[q][k], s * v[p][k] + c * v[q][k])
        }
    }
}
