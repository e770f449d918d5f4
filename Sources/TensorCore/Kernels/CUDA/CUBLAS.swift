// SPDX-License-Identifier: Apache-2.0

import CCUDA

/// Matrix products by cuBLAS, where it is there.
enum CUBLAS {
    /// How cuBLAS, for which matrices are columns, reads a matrix of rows.
    private struct Factor {
        let isTransposed: Bool
        let stride: Int32

        init?(_ x: Tensor) {
            let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
            let (row, column) = (x.strides[x.rank - 2], x.strides[x.rank - 1])
            if (column == 1 || columns == 1) && (row >= columns || rows == 1) {
                self.init(isTransposed: false, rows == 1 ? columns : row)
            } else if (row == 1 || rows == 1) && (column >= rows || columns == 1) {
                self.init(isTransposed: true, columns == 1 ? rows : column)
            } else {
                return nil
            }
        }

        private init?(isTransposed: Bool, _ stride: Int) {
            guard let stride = Int32(exactly: max(1, stride)) else { return nil }
            (self.isTransposed, self.stride) = (isTransposed, stride)
        }
    }

    /// Queues the product over the last two axes; the leading axes are broadcast.
    /// - Returns: whether cuBLAS does it
    static func multiply(_ a: Tensor, _ b: Tensor, into c: Tensor, on gpu: CUDAKernels) -> Bool {
        let context = gpu.context
        let (m, n, k) = (c.shape[c.rank - 2], c.shape[c.rank - 1], a.shape[a.rank - 1])
        guard let blas = context.libraries.blas, k > 0, [m, n, k].allSatisfy({ $0 <= Int(Int32.max) }),
            let left = Factor(a), let right = Factor(b)
        else { return false }
        let lead = Array(c.shape.dropLast(2))
        func strides(_ x: Tensor) -> [Int] {
            Shape.broadcastStrides(Array(x.shape.dropLast(2)), Array(x.strides.dropLast(2)), to: lead)
        }
        let batch = StridedLoop(shape: lead, strides: [strides(c), strides(a), strides(b)])
        guard batch.shape.count == 1, let count = Int32(exactly: batch.shape[0]) else { return false }
        func pointer(_ x: Tensor, _ access: Storage.Access) -> UnsafeMutablePointer<Float>? {
            UnsafeMutablePointer(
                bitPattern: UInt(x.storage.address(on: context, access)) + UInt(x.offset * 4))
        }
        let (x, y, z) = (pointer(a, .reading), pointer(b, .reading), pointer(c, .filling))
        let calls = blas.calls
        context.call("cublasSgemm") {
            var (one, zero) = (Float(1), Float(0))
            let mode = TF32.current == .everywhere ? CC_BLAS_TF32 : CC_BLAS_FLOAT32
            let result = calls.set_math_mode(blas.handle, Int32(mode))
            guard result == 0 else { return result }
            // Rows of C are columns of Cᵀ = Bᵀ · Aᵀ.
            guard count > 1 else {
                return calls.gemm(
                    blas.handle, right.isTransposed ? 1 : 0, left.isTransposed ? 1 : 0, Int32(n), Int32(m),
                    Int32(k), &one, y, right.stride, x, left.stride, &zero, z, Int32(n))
            }
            return calls.gemm_batched(
                blas.handle, right.isTransposed ? 1 : 0, left.isTransposed ? 1 : 0, Int32(n), Int32(m),
                Int32(k),
                &one, y, right.stride, Int64(batch.strides[2][0]), x, left.stride, Int64(batch.strides[1][0]),
                &zero, z, Int32(n), Int64(batch.strides[0][0]), count)
        }
        withExtendedLifetime((a, b, c)) {}
        return true
    }
}
