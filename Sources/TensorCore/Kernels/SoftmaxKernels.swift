// SPDX-License-Identifier: Apache-2.0

/// A function of each row of a matrix.
enum RowFunction {
    case softmax, logSoftmax
}

/// Kernels over the rows of contiguous tensors: the elements along the last axis.
extension Kernels {
    static func rows(_ function: RowFunction, of x: Tensor) -> Tensor {
        if let gpu { return gpu.rows(function, of: x) }
        return forEachRow(of: x) { rows, width, start, out in
            switch function {
            case .softmax: loops.softmax(rows, width, x.pointer + start, out)
            case .logSoftmax: loops.log_softmax(rows, width, x.pointer + start, out)
            }
        }
    }

    /// - Parameter output: the result of `rows(_:of:)`
    static func rowsPullback(_ function: RowFunction, _ gradient: Tensor, output: Tensor) -> Tensor {
        if let gpu { return gpu.rowsPullback(function, gradient, output: output) }
        defer { withExtendedLifetime(gradient) {} }
        return forEachRow(of: output) { rows, width, start, out in
            let (g, y) = (gradient.pointer + start, output.pointer + start)
            switch function {
            case .softmax: loops.softmax_pullback(rows, width, g, y, out)
            case .logSoftmax: loops.log_softmax_pullback(rows, width, g, y, out)
            }
        }
    }

    /// Fills a tensor like the contiguous `x` in blocks of rows along its last axis.
    private static func forEachRow(
        of x: Tensor, _ body: (Int, Int, Int, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let result = Tensor(uninitialized: x.shape)
        guard let width = x.shape.last, x.count > 0 else { return result }
        ThreadPool.shared.split(x.count / width, grain: Swift.max(1, 4096 / width)) { range in
            let start = range.lowerBound * width
            body(range.count, width, start, result.mutablePointer + start)
        }
        withExtendedLifetime(x) {}
        return result
    }
}
