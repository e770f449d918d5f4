// SPDX-License-Identifier: Apache-2.0

/// A classifier that is given features instead of images, because they were computed before. Names, parameters and
/// buffers are those of the whole classifier: so are the checkpoints of its training.
///
/// Features `[N, …]` → logits `[N, classCount]`
public struct Head<Model: Classifier>: Layer, CustomReflectable {
    public let model: Model

    public init(of model: Model) { self.model = model }

    public func callAsFunction(_ features: Tensor) -> Tensor { model.forwardHead(features) }

    public var customMirror: Mirror { Mirror(reflecting: model) }
}
