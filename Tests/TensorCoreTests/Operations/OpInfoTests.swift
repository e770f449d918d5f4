// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

/// PyTorch's samples of its own operators, and special values (Tests/Oracle/opinfo.py).
@Suite struct OpInfoTests {
    /// What differs from PyTorch, and why it stays so.
    static let differences = [
        "batch_norm 8":
            "of two values the gradient is the difference of equal numbers: what float32 leaves of it is rounding"
    ]

    @Test("The calls of PyTorch's own tests give its values and gradients")
    func samplesMatchPyTorch() throws {
        let values = try FixtureFile("opinfo/samples").floats("values")!
        let cases = try SampleCase.table()
        #expect(cases.count > 1300)
        for row in cases {
            let relative = ["conv2d", "matmul", "linear"].contains(row.operation) ? 1e-4 : 1e-5
            let difference = row.difference(from: values, relative: relative) {
                OpInfoOperations.results(of: row, $0)
            }
            if let reason = Self.differences[row.name] {
                #expect(difference != nil, "\(row.name) does not differ any more: \(reason)")
            } else if let difference {
                Issue.record("\(row.name): \(difference)")
            }
        }
    }
}
