// SPDX-License-Identifier: Apache-2.0

import CKernels

/// The layout that our matrix products read and write: columns in groups of 32 (panels), each group with its
/// rows one after the other. So nothing has to be packed (`Sources/CKernels/panels.inc`).
enum Panels {
    static let width = Int(CK_PANEL)

    static func count(_ columns: Int) -> Int { (columns + width - 1) / width }

    /// Elements of a matrix in panels.
    static func size(rows: Int, columns: Int) -> Int { count(columns) * rows * width }

    /// Where an element of a matrix is.
    static func offset(_ row: Int, _ column: Int, rows: Int) -> Int {
        (column / width * rows + row) * width + column % width
    }

    /// Channels-last filters `[O, …]` as the matrix `[…, O]`, in which a column is a filter.
    static func filters(_ weight: Tensor) -> Tensor {
        let channels = weight.shape[0]
        let patch = Shape.count(Array(weight.shape.dropFirst()))
        let result = Kernels.zeros([size(rows: patch, columns: channels)])
        let (from, to) = (weight.pointer, result.mutablePointer)
        for channel in 0..<channels {
            let column = to + offset(0, channel, rows: patch)
            for d in 0..<patch { column[d * width] = from[channel * patch + d] }
        }
        return withExtendedLifetime(weight) { result }
    }
}
