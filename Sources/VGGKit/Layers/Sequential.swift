// SPDX-License-Identifier: Apache-2.0

import Checks

/// Layers that are applied one after the other. A layer's number is its name: `0.weight`, `3.bias`. As
/// `torch.nn.Sequential`.
///
/// A convolution, linear layer or batch normalisation is fused with a ReLU after it. At inference, a
/// convolution is fused with the normalisation, the ReLU and the 2×2 max pooling after it.
public struct Sequential: Layer, ExpressibleByArrayLiteral {
    /// The layers, in the order in which they are applied.
    public let layers: [any Layer]

    /// Creates a sequence of the layers of an array, for networks that are built in a loop.
    public init(_ layers: [any Layer]) { self.layers = layers }
    /// Creates a sequence of its arguments.
    public init(_ layers: any Layer...) { self.layers = layers }
    public init(arrayLiteral elements: any Layer...) { layers = elements }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            Observation.separatesLayers ? applyingEach(to: input) : applyingFused(to: input)
        }
    }

    private func applyingEach(to input: Tensor) -> Tensor {
        layers.enumerated().reduce(input) { value, layer in
            observed(layer.element, value, index: layer.offset) { layer.element(value) }
        }
    }

    private func applyingFused(to input: Tensor) -> Tensor {
        var value = input
        var rest = layers[...]
        while !rest.isEmpty {
            if let fused = FusedConvolution(&rest) {
                value = fused(value)
            } else if rest.count > 1, rest[rest.startIndex + 1] is ReLU,
                let fusing = rest.first as? any ActivationFusing
            {
                value = fusing(value, activation: .relu)
                rest = rest.dropFirst(2)
            } else {
                let layer = rest.removeFirst()
                value = layer(value)
            }
        }
        return value
    }

    /// The layer with this index, from 0. Traps if there is none.
    public subscript(_ index: Int) -> any Layer {
        check(layers.indices.contains(index), "Sequential: layer \(index) is outside 0..<\(layers.count)")
        return layers[index]
    }
}

extension Sequential: CustomReflectable {
    /// The layers under their numbers, which are their names in a state dictionary.
    public var customMirror: Mirror {
        Mirror(self, children: layers.enumerated().map { (label: "\($0.offset)", value: $0.element as Any) })
    }
}

/// A convolution at inference, with the layers after it that are fused into it.
private struct FusedConvolution {
    let convolution: Conv2d
    var normalization: BatchNorm2d?
    var activation = Activation.identity
    var pools = false

    /// Removes the layers from the front of `layers`. Nil, and nothing is removed, if they must be called one
    /// by one.
    init?(_ layers: inout ArraySlice<any Layer>) {
        guard let convolution = layers.first as? Conv2d, Conv2d.canFuse else { return nil }
        self.convolution = convolution
        layers.removeFirst()
        if let next = layers.first as? BatchNorm2d, convolution.canFold(next) {
            normalization = next
            layers.removeFirst()
        }
        if layers.first is ReLU {
            activation = .relu
            layers.removeFirst()
        }
        if let next = layers.first as? MaxPool2d, next.isPlainHalving {
            pools = true
            layers.removeFirst()
        }
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
        convolution.inferring(input, normalization: normalization, activation: activation, pools: pools)
    }
}
