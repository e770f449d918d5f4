// SPDX-License-Identifier: Apache-2.0

/// Whether operations remember how to pull gradients back. It is a property of the task, on by default.
public enum Recording {
    @TaskLocal public static var isEnabled = true

    /// Whether parameters are among what gradients are wanted of. Without them an explanation of what a model does takes
    /// gradients of its maps alone, and leaves those of training as they are.
    @TaskLocal package static var includesParameters = true
}

/// Runs `body` without recording: nothing is kept for a backward pass.
public func withoutRecording<R>(_ body: () throws -> R) rethrows -> R {
    try Recording.$isEnabled.withValue(false) { try body() }
}

/// Makes an operation of one input differentiable.
///
/// `operation` returns its value together with the closure that turns the gradient of a loss with respect to the value
/// into the gradient with respect to the input. What that closure captures is what is kept for the backward pass.
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
/// `needed[i]` says whether anything wants the gradient of input `i`: compute and keep only what those take, and return
/// nil for the others.
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
