// SPDX-License-Identifier: Apache-2.0

/// The largest elements along the last axis of contiguous tensors. NaN is larger than any number; of equal
/// elements the first comes first.
extension Kernels {
    /// The index of the largest element of each row: `[…, C]` → `[…]` of `int32`.
    static func argmax(_ x: Tensor) -> Tensor {
        if let gpu { return gpu.top(x, 1, keepsRank: false).indices }
        let length = x.shape[x.rank - 1]
        var result = Tensor(uninitialized: Array(x.shape.dropLast()), .int32)
        x.withScalars(Float.self) { values in
            result.withMutableScalars(Int32.self) { indices in
                for row in indices.indices {
                    let start = row * length
                    var best = start
                    for index in start..<start + length where isLarger(values[index], values[best]) {
                        best = index
                    }
                    indices[row] = Int32(best - start)
                }
            }
        }
        return result
    }

    /// The `count` largest elements of each row, largest first, and their indices: `[…, C]` → `[…, count]`.
    static func top(_ x: Tensor, _ count: Int) -> (values: Tensor, indices: Tensor) {
        if let gpu { return gpu.top(x, count, keepsRank: true) }
        let length = x.shape[x.rank - 1]
        let lead = Array(x.shape.dropLast())
        let shape = lead + [count]
        var (values, indices) = (Tensor(uninitialized: shape), Tensor(uninitialized: shape, .int32))
        x.withScalars(Float.self) { all in
            values.withMutableScalars(Float.self) { values in
                indices.withMutableScalars(Int32.self) { indices in
                    for row in 0..<Shape.count(lead) {
                        let start = row * length
                        let order = (0..<length).sorted {
                            let (a, b) = (all[start + $0], all[start + $1])
                            return isLarger(a, b) || ($0 < $1 && !isLarger(b, a))
                        }
                        for (rank, index) in order.prefix(count).enumerated() {
                            values[row * count + rank] = all[start + index]
                            indices[row * count + rank] = Int32(index)
                        }
                    }
                }
            }
        }
        return (values, indices)
    }

    /// Scatters values `[…, K]` to their indices in rows of zeros: `[…, C]`, the `shape`.
    static func scatterAlongRows(_ values: Tensor, _ indices: Tensor, shape: [Int]) -> Tensor {
        if let gpu { return gpu.scatterAlongRows(values, indices, shape: shape) }
        var result = zeros(shape)
        let (count, length) = (indices.shape[indices.rank - 1], shape[shape.count - 1])
        result.withMutableScalars(Float.self) { result in
            values.withScalars(Float.self) { values in
                indices.withScalars(Int32.self) { indices in
                    for index in indices.indices {
                        result[index / count * length + Int(indices[index])] = values[index]
                    }
                }
            }
        }
        return result
    }

    private static func isLarger(_ a: Float, _ b: Float) -> Bool { a > b || (a.isNaN && !b.isNaN) }
}
