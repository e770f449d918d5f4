// SPDX-License-Identifier: Apache-2.0

/// Whether operations are recorded, so that gradients can be computed. Each task has its own setting; it is
/// on by default.
public enum Recording {
    /// Whether operations of this task are recorded for a backward pass. Child tasks inherit it. As
    /// `torch.is_grad_enabled()`; `withoutRecording` turns it off.
    @TaskLocal public static var isEnabled = true

    /// Whether gradients are computed for parameters too. An explanation of a model (Grad-CAM) turns this
    /// off: it needs the gradients of feature maps only, and must not change the gradients of a training.
    @TaskLocal package static var includesParameters = true
}

/// Runs `body` without recording: nothing is kept for a backward pass.
public func withoutRecording<R>(_ body: () throws -> R) rethrows -> R {
    try Recording.$isEnabled.withValue(false) { try body() }
}

/// The same for an asynchronous body. Child tasks (`async let`, task groups) inherit the setting.
@_disfavoredOverload
public func withoutRecording<R>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
    try await Recording.$isEnabled.withValue(false, operation: body, isolation: isolation)
}

/// Makes an operation of one input differentiable.
///
/// `operation` returns its value together with the closure that turns the gradient of a loss with respect to
/// the value into the gradient with respect to the input. Whatever that closure captures is kept for the
/// backward pass.
/// ```swift
/// func square(_ input: Tensor) -> Tensor {
///     differentiable(input) { x in (x * x, { gradient in 2 * gradient * x }) }
/// }
/// ```
public func differentiable(
    _ input: Tensor, _ operation: (Tensor) -> (value: Tensor, pullback: (Tensor) -> Tensor)
) -> Tensor {
    differentiable([input]) { inputs, _ in
        let (value, pullback) = operation(inputs[0])
        return (value, { [pullback($0)] })
    }
}

/// Makes an operation of several inputs differentiable.
///
/// `needed[i]` says whether the gradient of input `i` is needed. Compute only those gradients, keep only the
/// values that they take, and return nil for the others.
public func differentiable(
    _ inputs: [Tensor],
    _ operation: (_ inputs: [Tensor], _ needed: [Bool]) -> (value: Tensor, pullback: (Tensor) -> [Tensor?])
) -> Tensor {
    let needed =
        Recording.isEnabled
        ? inputs.map { $0.node != nil } : [Bool](repeating: false, count: inputs.count)
    var (value, pullback) = operation(inputs.map(\.detached), needed)
    value.node =
        needed.contains(true) ? Node(inputs: inputs.map(\.node), shape: value.shape, pullback: pullback) : nil
    return value
}
