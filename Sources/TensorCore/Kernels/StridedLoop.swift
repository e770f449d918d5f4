// SPDX-License-Identifier: Apache-2.0

/// Iterates over several tensors of one shape at once, in the memory order of the first. Axes that are
/// adjacent in all of them are merged, and each innermost run is one call.
struct StridedLoop {
    private(set) var shape: [Int]
    /// For each operand, its strides along the merged axes.
    private(set) var strides: [[Int]]

    init(shape: [Int], strides operands: [[Int]]) {
        let order = Shape.memoryOrder(shape, operands[0]).filter { shape[$0] != 1 }
        var merged: [Int] = []
        var mergedStrides = operands.map { _ in [Int]() }
        for axis in order {
            let fits =
                !merged.isEmpty
                && zip(mergedStrides, operands).allSatisfy {
                    $0.last! == $1[axis] * shape[axis]
                }
            if fits {
                merged[merged.count - 1] *= shape[axis]
                for index in operands.indices {
                    mergedStrides[index][merged.count - 1] = operands[index][axis]
                }
            } else {
                merged.append(shape[axis])
                for index in operands.indices { mergedStrides[index].append(operands[index][axis]) }
            }
        }
        if merged.isEmpty {
            merged = [1]
            mergedStrides = operands.map { _ in [1] }
        }
        self.shape = merged
        self.strides = mergedStrides
    }

    /// The strides of operand `index` along the innermost run.
    func innerStride(_ index: Int) -> Int { strides[index].last! }

    /// Calls `body(count, offsets)` for each innermost run, several at a time on the pool's threads where
    /// there is enough to do. A single long run is cut into pieces.
    func run(_ body: (_ count: Int, _ offsets: [Int]) -> Void) {
        let inner = shape.last!
        let outer = shape.dropLast().reduce(1, *)
        guard inner > 0, outer > 0 else { return }
        let grain = 32768
        if outer == 1 {
            ThreadPool.shared.split(inner, grain: grain) { range in
                body(range.count, strides.map { $0[0] * range.lowerBound })
            }
            return
        }
        ThreadPool.shared.split(outer, grain: max(1, grain / inner)) { range in
            var index = position(of: range.lowerBound)
            var offsets = strides.map { operand in zip(index, operand).reduce(0) { $0 + $1.0 * $1.1 } }
            for _ in range {
                body(inner, offsets)
                advance(&index, &offsets)
            }
        }
    }

    private func position(of run: Int) -> [Int] {
        var index = [Int](repeating: 0, count: shape.count - 1)
        var rest = run
        for axis in index.indices.reversed() {
            index[axis] = rest % shape[axis]
            rest /= shape[axis]
        }
        return index
    }

    private func advance(_ index: inout [Int], _ offsets: inout [Int]) {
        for axis in index.indices.reversed() {
            index[axis] += 1
            for operand in offsets.indices { offsets[operand] += strides[operand][axis] }
            if index[axis] < shape[axis] { return }
            for operand in offsets.indices { offsets[operand] -= strides[operand][axis] * shape[axis] }
            index[axis] = 0
        }
    }
}
