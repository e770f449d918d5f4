// SPDX-License-Identifier: Apache-2.0

import Checks

extension Kernels {
    /// `a` where `condition` (`uint8`) is not 0, else `b`; all three are broadcast.
    static func select(
        _ condition: Tensor, _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        a.requireType(.float32, "choose", file: file, line: line)
        b.requireType(.float32, "choose", file: file, line: line)
        guard let values = Shape.broadcast(a.shape, b.shape),
            let shape = Shape.broadcast(values, condition.shape)
        else {
            fail(
                "choose: shapes \(condition.shape), \(a.shape) and \(b.shape) do not broadcast; axes, from the last, must be equal or 1",
                file: file, line: line)
        }
        if let gpu { return gpu.select(condition, a, b, shape) }
        let result = Tensor(uninitialized: shape, strides: resultStrides(shape, [a, b]))
        let operands = [condition, a, b].map { Shape.broadcastStrides($0.shape, $0.strides, to: shape) }
        let loop = StridedLoop(shape: shape, strides: [result.strides] + operands)
        let mask = condition.pointer(to: UInt8.self)
        let (out, x, y) = (result.mutablePointer, a.pointer, b.pointer)
        let (sm, sx, sy) = (loop.innerStride(1), loop.innerStride(2), loop.innerStride(3))
        loop.run { count, offsets in
            for i in 0..<count {
                out[offsets[0] + i] =
                    mask[offsets[1] + i * sm] != 0 ? x[offsets[2] + i * sx] : y[offsets[3] + i * sy]
            }
        }
        withExtendedLifetime((condition, a, b)) {}
        return result
    }

    /// Rows of `x` `[N, …]`, of any type, in the order of the indices: `[M, …]`. Of the other rows nothing is
    /// copied.
    static func gatherRows(_ x: Tensor, _ indices: [Int]) -> Tensor {
        if let gpu { return gpu.gatherRows(x, indices) }
        let result = Tensor(uninitialized: [indices.count] + x.shape.dropFirst(), x.scalarType)
        func row(_ index: Int, of tensor: Tensor) -> Tensor {
            Tensor(
                storage: tensor.storage, offset: tensor.offset + index * tensor.strides[0],
                shape: Array(tensor.shape.dropFirst()), strides: Array(tensor.strides.dropFirst()),
                scalarType: tensor.scalarType)
        }
        for (position, index) in indices.enumerated() {
            var target = row(position, of: result)
            fill(&target, from: row(index, of: x))
        }
        return result
    }

    /// Scatter-add: each row of the contiguous `x` `[M, …]` is added, in order, to the row of zeros that its
    /// index names: `[N, …]`, the `shape`.
    static func scatterRows(_ x: Tensor, _ indices: [Int], shape: [Int]) -> Tensor {
        if let gpu { return gpu.scatterRows(x, indices, shape: shape) }
        let result = zeros(shape)
        let width = Shape.count(Array(shape.dropFirst()))
        let (from, to) = (x.pointer, result.mutablePointer)
        for (row, index) in indices.enumerated() {
            loops.add_scaled(width, 1, from + row * width, to + index * width)
        }
        withExtendedLifetime(x) {}
        return result
    }

    /// Rows that are 1 at the label and 0 elsewhere: `[N]` of `int32` → `[N, classCount]`.
    static func oneHot(
        _ labels: Tensor, classCount: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        // Labels are checked, so this is done where they are: on the host.
        var values = [Float](repeating: 0, count: labels.count * classCount)
        labels.rowMajor.withScalars(Int32.self) { labels in
            for (row, label) in labels.enumerated() {
                check(
                    label >= 0 && label < classCount,
                    "oneHot: label \(label) is outside 0..<\(classCount)",
                    file: file, line: line)
                values[row * classCount + Int(label)] = 1
            }
        }
        return Tensor(values, shape: [labels.count, classCount])
    }
}
