// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing
import Vision

/// Sizes at which new pixels fall between two old ones, and extremes.
@Suite struct PillowSizesTests {
    @Test(
        arguments: [Interpolation.bilinear, .bicubic, .nearest],
        [(1, 1), (90, 2), (2, 70), (7, 15), (28, 21), (30, 23)])
    func levelsArePillows(interpolation: Interpolation, size: (Int, Int)) throws {
        expectEqual(
            try Fixture.operation("even").resized(to: Extent(size.1, size.0), interpolation),
            try Fixture.operation("even-\(interpolation)-\(size.0)x\(size.1)"),
            levels: interpolation == .nearest ? 0 : 1)
    }
}
