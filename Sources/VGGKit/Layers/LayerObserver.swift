// SPDX-License-Identifier: Apache-2.0

/// Sees the calls of a model's layers, as PyTorch's hooks do, without a change to the model: what summaries and explanations
/// are made with. Seen are the library's layers, and those of one's own that make their calls by `observed`.
public protocol LayerObserver: AnyObject, Sendable {
    /// Whether layers that would be made one (a convolution and the ReLU after it) are called one by one.
    var separatesLayers: Bool { get }

    /// Stands in for a call: `body` makes it.
    /// - Parameter index: the layer's number, where a `Sequential` calls one of its layers
    /// - Returns: what the model goes on with
    func call(_ layer: any Layer, index: Int?, _ input: Tensor, _ body: () -> Tensor) -> Tensor
}

/// Who observes the current task's calls, if anybody does.
enum Observation {
    @TaskLocal static var observer: (any LayerObserver)?

    static var separatesLayers: Bool { observer?.separatesLayers ?? false }
}

/// Runs `body` while an observer sees the calls of layers that this task makes.
public func withObserver<R>(_ observer: any LayerObserver, _ body: () throws -> R) rethrows -> R {
    try Observation.$observer.withValue(observer) { try body() }
}

/// Makes a layer's call, past the observer if there is one: with it, a layer of one's own is a line of a model's summary, and
/// can be explained.
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

/// The same for a layer that can apply an activation to its result: an observer sees what it was before.
func observed(
    _ layer: any Layer, _ input: Tensor, activation: Activation, _ body: (Activation) -> Tensor
) -> Tensor {
    guard let observer = Observation.observer else { return body(activation) }
    let output = observer.call(layer, index: nil, input) { body(.identity) }
    return switch activation {
    case .identity: output
    case .relu: relu(output)
    }
}
