// SPDX-License-Identifier: Apache-2.0

import CKernels

/// A matrix whose columns lie in groups of 32, each group with its rows one after the other: the order in which our
/// matrix products read and write, so that nothing is packed on the way (`Sources/CKernels/panels.inc`).
enum Panels {
    static let width = Int(CK_PANEL)

    static func count(_ columns: Int) -> Int { (columns + width - 1) / width }

    /// Elements of a matrix in panels.
    static func size(rows: Int, columns: Int) -> Int { count(columns) * rows * width }
}
