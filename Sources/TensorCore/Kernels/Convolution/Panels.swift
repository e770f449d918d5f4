// SPDX-License-Identifier: Apache-2.0

import CKernels

/// The layout that our matrix products read and write: columns in groups of 32 (panels), each group with its
/// rows one after the other. So nothing has to be packed (`Sources/CKernels/panels.inc`).
enum Panels {
    static let width = Int(CK_PANEL)

    static func count(_ columns: Int) -> Int { (columns + width - 1) / width }

    /// Elements of a matrix in panels.
    static func size(rows: Int, columns: Int) -> Int { count(columns) * rows * width }
}
