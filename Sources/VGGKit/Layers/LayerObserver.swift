// SPDX-License-Identifier: Apache-2.0

/// Observes the calls of a model's layers, as PyTorch's hooks do, without changing the model. Summaries and
/// explanations use it. The library's layers are observed, and your own layers if they make their calls by
/// `observed`.
public protocol LayerObserver: AnyObject, Sendable {
    /// Whether layers that would be fused (a convolution and the ReLU after it) are called one by one.
    var separatesLayers: Bool { get }

    /// Called instead of a layer; `body` makes the layer's call.
    /// - Parameter index: the layer's number, where a `Sequential` calls one of its layers
    /// - Returns: the output that the model continues with
    func call(_ layer: any Layer, index: Int?, _ input: Tensor, _ body: () -> Tensor) -> Tensor
}

/// The observer of the current task's calls; nil if there is none.
enum Observation {
    @TaskLocal static var observer: (any LayerObserver)?

    static var separatesLayers: Bool { observer?.separatesLayers ?? false }
}

/// Runs `body` while an observer sees all layer calls of this task.
public func withObserver<R>(_ observer: any LayerObserver, _ body: () throws -> R) rethrows -> R {
    try Observation.$observer.withValue(observer) { try body() }
}

/// The same for an asynchronous body. Calls of child tasks (`async let`, task groups) are observed too,
/// several at the same time.
@_disfavoredOverload
public func withObserver<R>(
    _ observer: any LayerObserver, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
    try await Observation.$observer.withValue(observer, operation: body, isolation: isolation)
}

/// Makes a layer's call, through the observer if there is one. A layer of your own that uses it is a line of
/// a model's summary, and can be explained.
///
/// ```swift
/// func callAsFunction(_ input: Tensor) -> Tensor {
///     observed(self, input) { swish(input) }
/// }
/// ```
public func observed(
    _ layer: any Layer, _ input: Tensor, index: Int? = nil, _ body: () -> Tensor
) -> Tensor {
    guard let observer = Observation.observer else { return body() }
    return observer.call(layer, index: index, input, body)
}

/// The same for a layer that can apply an activation to its result. An observer sees the result before the
/// activation.
func observed(
    _ layer: any Layer, _ input: Tensor, activation: Activation, _ body: (Activation) -> Tensor
) -> Tensor {
    guard let observer = Observation.observer else { return body(activation) }
    let output = observer.call(layer, index: nil, input) { body(.identity) }
    return activation(output)
}
