// SPDX-License-Identifier: Apache-2.0

/// Convolution in its three passes, each by the algorithm that its `ConvolutionPlan` names.
extension Kernels {
    /// `[N, C, H, W]` → `[N, O, H', W']`, with bias and activation.
    static func convolution(
        _ input: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry,
        activation: Activation
    ) -> Tensor {
        convolution(
            input, PreparedFilters(weight, geometry), geometry,
            ConvolutionEpilogue(bias: bias?.rowMajor, activation: activation))
    }

    /// The same with filters that were prepared for this geometry.
    static func convolution(
        _ input: Tensor, _ filters: PreparedFilters, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        var input = MaskedTensor(input.pixelMajor)
        let algorithm = filters.algorithm.implementation
        var fused = epilogue
        if !algorithm.canApply(epilogue.activation) { fused.activation = .identity }
        let value = algorithm.forward(&input, filters: filters.memory, geometry, fused)
        return fused.activation == epilogue.activation ? value : activated(value, epilogue.activation)
    }

    /// Filters in the form that an algorithm reads.
    struct PreparedFilters: Sendable {
        let algorithm: ConvolutionPlan.Algorithm
        fileprivate let memory: Tensor

        init(_ weight: Tensor, _ geometry: ConvolutionGeometry) {
            algorithm = ConvolutionPlan(geometry, .forward).algorithm
            memory = algorithm.implementation.filters(weight.pixelMajor, turned: false)
        }

        /// Whether the convolution can write the largest value of each 2×2 window in place of its output.
        func canPool(_ geometry: ConvolutionGeometry, _ activation: Activation) -> Bool {
            algorithm.implementation.canApply(activation) && algorithm.implementation.canPool(geometry)
        }
    }

    /// Gradients of a convolution: those that are asked for. Some algorithms compute the bias's gradient as a
    /// by-product.
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
        var masked = MaskedTensor(gradient.pixelMajor, mask: output?.pixelMajor)
        var result = ConvolutionGradients()
        if let weight {
            result.input = inputGradient(&masked, weight.pixelMajor, geometry)
        }
        if let input {
            let algorithm = ConvolutionPlan(geometry, .filterGradient).algorithm.implementation
            (result.weight, result.bias) = algorithm.filterGradient(&masked, input.pixelMajor, geometry)
        }
        if needsBias && result.bias == nil { result.bias = Kernels.sum(masked.applied(), axes: [0, 2, 3]) }
        return result
    }

    /// By the convolution of the output's gradient with turned filters, where there is one.
    private static func inputGradient(
        _ gradient: inout MaskedTensor, _ weight: Tensor, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        if let gpu { return gpu.inputGradient(gradient.applied(), weight, geometry) }
        let algorithm = ConvolutionPlan(geometry, .inputGradient).algorithm
        if let flipped = geometry.flipped {
            let algorithm = algorithm.implementation
            return algorithm.forward(
                &gradient, filters: algorithm.filters(weight, turned: true), flipped, ConvolutionEpilogue())
        }
        return algorithm == .depthwise
            ? Depthwise.inputGradient(gradient.applied(), weight, geometry)
            : Im2col.inputGradient(gradient.applied(), weight, geometry)
    }
}
