// SPDX-License-Identifier: Apache-2.0

/// A classifier that takes precomputed features instead of images. It has the names, parameters and buffers
/// of the whole classifier, so its checkpoints are those of the whole classifier too.
///
/// Features `[N, …]` → logits `[N, classCount]`
public struct Head<Model: Classifier>: Layer, CustomReflectable {
    /// The whole classifier. Only its head is called.
    public let model: Model

    /// A head that shares its parameters with the classifier: training one trains the other.
    public init(of model: Model) { self.model = model }

    public func callAsFunction(_ features: Tensor) -> Tensor { model.forwardHead(features) }

    /// The classifier's own properties, so that keys in a state dictionary are those of the whole classifier.
    public var customMirror: Mirror { Mirror(reflecting: model) }
}
