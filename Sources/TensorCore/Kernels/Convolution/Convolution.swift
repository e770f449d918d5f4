// SPDX-License-Identifier: Apache-2.0

import Checks

/// What follows an operation while its result is still in the cache.
public enum Activation: String, Sendable {
    case identity, relu
}

/// Convolution in its three passes, each as its `ConvolutionPlan` says. Activations, filters and their gradients are
/// channels-last in memory.
extension Kernels {
    /// `[N, C, H, W]` → `[N, O, H', W']`, with bias and activation.
    static func convolution(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry,
        activation: Activation
    ) -> Tensor {
        let (input, weight, bias) = (input.pixelMajor, weight.pixelMajor, bias?.rowMajor)
        let algorithm = ConvolutionPlan(geometry, .forward).algorithm
        guard algorithm == .winograd else {
            return directConvolution(algorithm, input, weight, bias: bias, geometry, activation: activation)
        }
        return Winograd.forward(
            input, filters: Winograd.transformed(weight), geometry, .init(bias: bias, activation: activation))
    }

    /// With the filters as they are.
    static func directConvolution(
        _ algorithm: ConvolutionPlan.Algorithm, _ input: Tensor, _ weight: Tensor, bias: Tensor?,
        _ geometry: ConvolutionGeometry, activation: Activation
    ) -> Tensor {
        switch algorithm {
        case .winograd: fail("directConvolution: Winograd's filters are transformed")
        case .fewChannels:
            FewChannels.forward(input, weight, bias: bias, geometry, activation: activation)
        case .pointwise: Pointwise.forward(input, weight, bias: bias, geometry, activation: activation)
        case .im2col: Im2col.forward(input, weight, bias: bias, geometry, activation: activation)
        }
    }

    /// Gradients of a convolution: those that are asked for, and the bias's where it falls out on the way.
    struct ConvolutionGradients {
        var input: Tensor?
        var weight: Tensor?
        var bias: Tensor?
    }

    /// - Parameters:
    ///   - output: the output of a ReLU that followed; the gradient counts as 0 where it is 0 or less.
    ///   - input: nil if the gradient of the weight is not needed
    ///   - weight: nil if the gradient of the input is not needed
    static func convolutionPullback(
        _ gradient: Tensor, output: Tensor?, input: Tensor?, weight: Tensor?, needsBias: Bool,
        _ geometry: ConvolutionGeometry
    ) -> ConvolutionGradients {
        var masked = MaskedGradient(gradient: gradient.pixelMajor, mask: output?.pixelMajor)
        var result = ConvolutionGradients()
        result.input = weight.map { inputGradient(&masked, $0.pixelMajor, geometry) }
        if let input {
            (result.weight, result.bias) = filterGradient(&masked, input.pixelMajor, geometry)
        }
        if needsBias && result.bias == nil { result.bias = Kernels.sum(masked.applied(), axes: [0, 2, 3]) }
        return result
    }

    private static func inputGradient(
        _ gradient: inout MaskedGradient, _ weight: Tensor, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        guard let flipped = geometry.flipped else {
            return Im2col.inputGradient(gradient.applied(), weight, geometry)
        }
        let algorithm = ConvolutionPlan(geometry, .inputGradient).algorithm
        guard algorithm == .winograd else {
            return directConvolution(
                algorithm, gradient.applied(), turned(weight), bias: nil, flipped, activation: .identity)
        }
        return Winograd.forward(
            gradient.gradient, mask: gradient.mask, filters: Winograd.transformed(weight, turned: true),
            flipped)
    }

    private static func filterGradient(
        _ gradient: inout MaskedGradient, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (Tensor, bias: Tensor?) {
        switch ConvolutionPlan(geometry, .filterGradient).algorithm {
        case .winograd:
            return Winograd.filterGradient(gradient.gradient, mask: gradient.mask, input, geometry)
        case .fewChannels:
            return FewChannels.filterGradient(gradient.gradient, mask: gradient.mask, input, geometry)
        case .pointwise:
            return (Pointwise.filterGradient(gradient.applied(), input, geometry), nil)
        case .im2col:
            return (Im2col.filterGradient(gradient.applied(), input, geometry), nil)
        }
    }

    /// Filters `[O, C, kH, kW]` as those of the transposed convolution: `[C, O, kH, kW]`, turned by half a circle.
    private static func turned(_ weight: Tensor) -> Tensor {
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

/// An output's gradient and where it counts. Kernels that read it once apply the mask as they go; for the others it is
/// applied once.
private struct MaskedGradient {
    private(set) var gradient: Tensor
    private(set) var mask: Tensor?

    mutating func applied() -> Tensor {
        if let mask {
            gradient = Kernels.reluPullback(gradient, output: mask)
            self.mask = nil
        }
        return gradient
    }
}
