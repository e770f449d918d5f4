// SPDX-License-Identifier: Apache-2.0

import Checks

/// Scales all gradients by one factor, so that their total norm is at most `maximumNorm`, as
/// `torch.nn.utils.clip_grad_norm_`. The factor is maximumNorm / (norm + 10⁻⁶), if that is below 1.
/// - Returns: the total norm before scaling.
@discardableResult
public func clipGradients(
    _ parameters: [Parameter], maximumNorm: Float, file: StaticString = #fileID, line: UInt = #line
) -> Float {
    check(
        maximumNorm >= 0, "clipGradients: maximum norm \(maximumNorm) must be 0 or more", file: file,
        line: line)
    let squares = Kernels.sumOfSquares(parameters.compactMap(\.gradient))
    let norm = Float(squares.squareRoot())
    let factor = maximumNorm / (norm + 1e-6)
    if !(factor >= 1) {
        for parameter in parameters { changeGradient(of: parameter) { Kernels.scale(&$0, by: factor) } }
    }
    return norm
}

/// Clamps every element of the gradients to ±`maximumValue`, as `torch.nn.utils.clip_grad_value_`.
public func clipGradients(
    _ parameters: [Parameter], maximumValue: Float, file: StaticString = #fileID, line: UInt = #line
) {
    check(
        maximumValue >= 0, "clipGradients: maximum value \(maximumValue) must be 0 or more", file: file,
        line: line)
    for parameter in parameters {
        changeGradient(of: parameter) { $0 = clamp($0, -maximumValue...maximumValue) }
    }
}

/// Removes the gradient from its parameter during the change, so that it is changed in place, without a copy.
private func changeGradient(of parameter: Parameter, _ change: (inout Tensor) -> Void) {
    guard var gradient = parameter.gradient else { return }
    parameter.gradient = nil
    change(&gradient)
    parameter.gradient = gradient
}
