// SPDX-License-Identifier: Apache-2.0

import COpenBLAS

/// A matrix in memory: rows at a distance of `stride` elements, read transposed or as it lies.
struct Matrix {
    var start: UnsafePointer<Float>
    var stride: Int
    var isTransposed = false
}

extension Kernels {
    /// OpenBLAS works on the calling thread; our pool shares out the work.
    private static let blasIsSingleThreaded: Void = openblas_set_num_threads(1)

    /// `c = a · b + beta · c` for `a` `[m, k]`, `b` `[k, n]`, `c` `[m, n]`, on the calling thread.
    static func gemm(
        _ m: Int, _ n: Int, _ k: Int, _ a: Matrix, _ b: Matrix, beta: Float = 0,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        _ = blasIsSingleThreaded
        guard m > 0 && n > 0 else { return }
        cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
            b.isTransposed ? CblasTrans : CblasNoTrans,
            blasint(m), blasint(n), blasint(k), 1, a.start, blasint(max(1, a.stride)), b.start,
            blasint(max(1, b.stride)), beta, c, blasint(max(1, stride)))
    }

    /// The same, shared among the pool's threads along the longer side of the result.
    static func parallelGemm(
        _ m: Int, _ n: Int, _ k: Int, _ a: Matrix, _ b: Matrix, beta: Float = 0,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let smallest = 1 << 18
        let workPerUnit = max(1, k * min(m, n))
        ThreadPool.shared.split(max(m, n), grain: max(4, smallest / workPerUnit)) { range in
            if m >= n {
                let rows = Matrix(
                    start: a.start + range.lowerBound * (a.isTransposed ? 1 : a.stride), stride: a.stride,
                    isTransposed: a.isTransposed)
                gemm(
                    range.count, n, k, rows, b, beta: beta, into: c + range.lowerBound * stride,
                    stride: stride)
            } else {
                let columns = Matrix(
                    start: b.start + range.lowerBound * (b.isTransposed ? b.stride : 1), stride: b.stride,
                    isTransposed: b.isTransposed)
                gemm(m, range.count, k, a, columns, beta: beta, into: c + range.lowerBound, stride: stride)
            }
        }
    }

    /// How BLAS can read the last two axes of a tensor without a copy; nil if it cannot.
    static func matrix(_ x: Tensor, at offset: Int = 0) -> Matrix? {
        let (rows, columns) = (x.strides[x.rank - 2], x.strides[x.rank - 1])
        let (m, n) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
        if (columns == 1 || n == 1) && (rows >= n || m == 1) {
            return Matrix(start: x.pointer + offset, stride: m == 1 ? max(1, n) : rows)
        }
        if (rows == 1 || m == 1) && (columns >= m || n == 1) {
            return Matrix(start: x.pointer + offset, stride: n == 1 ? max(1, m) : columns, isTransposed: true)
        }
        return nil
    }

    /// Matrix products over the last two axes; the leading axes are broadcast.
    static func matrixProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
        if let gpu { return gpu.matrixProduct(a, b) }
        let a = matrix(a) == nil ? a.rowMajor : a
        let b = matrix(b) == nil ? b.rowMajor : b
        let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
        let lead = Shape.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))!
        let result = Tensor(uninitialized: lead + [m, n])
        let sa = Shape.broadcastStrides(Array(a.shape.dropLast(2)), Array(a.strides.dropLast(2)), to: lead)
        let sb = Shape.broadcastStrides(Array(b.shape.dropLast(2)), Array(b.strides.dropLast(2)), to: lead)
        var index = [Int](repeating: 0, count: lead.count)
        for batch in 0..<Shape.count(lead) {
            var rest = batch
            for axis in lead.indices.reversed() {
                index[axis] = rest % lead[axis]
                rest /= lead[axis]
            }
            let (ia, ib) = (
                zip(index, sa).reduce(0) { $0 + $1.0 * $1.1 }, zip(index, sb).reduce(0) { $0 + $1.0 * $1.1 }
            )
            parallelGemm(
                m, n, k, matrix(a, at: ia)!, matrix(b, at: ib)!, into: result.mutablePointer + batch * m * n,
                stride: n)
        }
        withExtendedLifetime((a, b)) {}
        return result
    }

    /// Up to this many rows our own loop is used, which reads the matrix once. For more rows BLAS is faster,
    /// although it packs both first.
    static let fewRows = 24

    /// `x · weightᵀ` for `x` `[B, I]` with few rows, and `weight` `[O, I]`, which is read once, at the
    /// memory's speed.
    static func productOfFewRows(_ x: Tensor, _ weight: Tensor) -> Tensor {
        let (batch, depth, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
        let result = Tensor(uninitialized: [batch, outputs])
        // Blocks of x that stay in the cache while rows of the weight pass.
        let block = max(1024, CacheSizes.second / 8 / max(1, batch) / 64 * 16)
        let (a, w, y) = (x.pointer, weight.pointer, result.mutablePointer)
        let loops = loops
        ThreadPool.shared.split(outputs, grain: max(4, (1 << 16) / max(1, batch * depth))) { range in
            for start in stride(from: 0, to: max(1, depth), by: block) {
                loops.row_products(
                    batch, range.count, min(block, depth - start), a + start, depth,
                    w + range.lowerBound * depth + start, depth, y + range.lowerBound, outputs, start > 0)
            }
        }
        return withExtendedLifetime((x, weight)) { result }
    }
}
