// SPDX-License-Identifier: Apache-2.0

/// Layers applied one after the other. The layers' numbers are their names: `0.weight`, `3.bias`.
///
/// A convolution, linear layer or batch normalisation followed by a ReLU is handed to the kernels as one call.
public struct Sequential: Layer, ExpressibleByArrayLiteral {
    public let layers: [any Layer]

    public init(_ layers: [any Layer]) { self.layers = layers }
    public init(_ layers: any Layer...) { self.layers = layers }
    public init(arrayLiteral elements: any Layer...) { layers = elements }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        var value = input
        var index = 0
        while index < layers.count {
            if index + 1 < layers.count, layers[index + 1] is ReLU, !SummaryRecorder.isActive,
                let fusing = layers[index] as? any ActivationFusing
            {
                value = fusing(value, activation: .relu)
                index += 2
            } else {
                let layer = layers[index]
                value = SummaryRecorder.record(layer, value) { layer(value) }
                index += 1
            }
        }
        return value
    }

    public subscript(_ index: Int) -> any Layer { layers[index] }
}

extension Sequential: CustomReflectable {
    public var customMirror: Mirror {
        Mirror(self, children: layers.enumerated().map { (label: "\($0.offset)", value: $0.element as Any) })
    }
}
