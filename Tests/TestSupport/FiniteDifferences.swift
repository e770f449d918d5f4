// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

/// Expects an operation's gradients to agree with central differences of its value.
public func expectGradients(
    _ name: String = "operation", at inputs: [Tensor], step: Float = 1e-2, within tolerance: Double = 2e-3,
    sourceLocation: SourceLocation = #_sourceLocation, _ operation: ([Tensor]) -> Tensor
) {
    let check = checkGradients(at: inputs, step: step, operation)
    if !(check.worstError <= tolerance) {
        Issue.record("\(name): \(check), allowed \(tolerance)", sourceLocation: sourceLocation)
    }
}
