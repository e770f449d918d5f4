// SPDX-License-Identifier: Apache-2.0

/// A convolution with prepared filters: a normalisation that follows is folded into them, and they are in the
/// form that the algorithm reads. Made once, for many calls at inference.
package struct PreparedConvolution: Sendable {
    private let filters: Kernels.PreparedFilters
    private let bias: Tensor?

    /// - Parameters:
    ///   - geometry: of the calls to come
    ///   - weight: `[O, C / groups, kH, kW]`
    ///   - bias: `[O]`
    ///   - normalization: scale and shift of the output, `[O]` each
    package init(
        for geometry: ConvolutionGeometry, weight: Tensor, bias: Tensor?,
        normalization: (scale: Tensor, shift: Tensor)?
    ) {
        var (weight, bias) = (weight.detached, bias?.detached.contiguous())
        if let (scale, shift) = normalization {
            weight = weight.channelsLast() * scale.reshaped(to: [-1, 1, 1, 1])
            bias = bias.map { $0 * scale + shift } ?? shift
        }
        self.bias = bias
        filters = Kernels.PreparedFilters(weight, geometry)
    }

    /// Whether the filters are in the form that such a convolution reads.
    package func suits(_ geometry: ConvolutionGeometry) -> Bool {
        filters.algorithm == ConvolutionPlan(geometry, .forward).algorithm
    }

    /// `[N, C, H, W]` → `[N, O, H', W']`; with `pools`, the largest value of each 2×2 window of that.
    package func callAsFunction(
        _ input: Tensor, _ geometry: ConvolutionGeometry, activation: Activation, pools: Bool
    ) -> Tensor {
        let poolsTiles = pools && filters.canPool(geometry, activation)
        let value = Kernels.convolution(
            input.detached, filters, geometry,
            ConvolutionEpilogue(bias: bias, activation: activation, pools: poolsTiles))
        return pools && !poolsTiles ? maxPool2d(value, kernelSize: 2) : value
    }
}
