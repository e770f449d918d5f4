// SPDX-License-Identifier: Apache-2.0

/// What follows an operation while its result is still in the cache.
public enum Activation: String, Sendable {
    case identity, relu
}

/// Convolution in its three passes: the place where an algorithm is chosen for a shape. Activations, filters and their
/// gradients are channels-last in memory.
extension Kernels {
    /// `[N, C, H, W]` → `[N, O, H', W']`, with bias and activation.
    static func convolution(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry,
        activation: Activation
    ) -> Tensor {
        Im2col.forward(
            input.channelsLast(), weight.channelsLast(), bias: bias?.contiguous(), geometry,
            activation: activation)
    }

    /// The gradient with respect to the input.
    static func convolutionInputGradient(
        _ gradient: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        if let flipped = geometry.flipped {
            return Im2col.forward(
                gradient.channelsLast(), flippedFilters(weight), bias: nil, flipped, activation: .identity)
        }
        return Im2col.inputGradient(gradient.channelsLast(), weight.channelsLast(), geometry)
    }

    /// The gradient with respect to the filters.
    static func convolutionFilterGradient(
        _ gradient: Tensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        Im2col.filterGradient(gradient.channelsLast(), input.channelsLast(), geometry)
    }

    /// Filters `[O, C, kH, kW]` as those of the transposed convolution: `[C, O, kH, kW]`, turned by half a circle.
    private static func flippedFilters(_ weight: Tensor) -> Tensor {
        let (kh, kw) = (weight.shape[2], weight.shape[3])
        let turned = Tensor(
            storage: weight.storage,
            offset: weight.offset + (kh - 1) * weight.strides[2] + (kw - 1) * weight.strides[3],
            shape: [weight.shape[1], weight.shape[0], kh, kw],
            strides: [weight.strides[1], weight.strides[0], -weight.strides[2], -weight.strides[3]],
            scalarType: .float32)
        return copy(turned, strides: Shape.strides(turned.shape, order: .channelsLast))
    }
}
