// SPDX-License-Identifier: Apache-2.0

/// A convolution whose filters are ready to use: folded with a normalisation that follows, and transformed where the
/// algorithm works on transformed filters. Made once, for many calls at inference.
package struct PreparedConvolution: Sendable {
    package let algorithm: ConvolutionPlan.Algorithm
    private let filters: Filters
    private let bias: Tensor?

    private enum Filters: Sendable {
        /// Four times the memory of the weight.
        case transformed(WinogradBuffer)
        case plain(Tensor)
    }

    /// - Parameters:
    ///   - weight: `[O, C / groups, kH, kW]`
    ///   - bias: `[O]`
    ///   - normalization: what the output is multiplied by and then increased by, `[O]` each
    package init(
        _ algorithm: ConvolutionPlan.Algorithm, weight: Tensor, bias: Tensor?,
        normalization: (scale: Tensor, shift: Tensor)?
    ) {
        self.algorithm = algorithm
        var (weight, bias) = (weight.detached.channelsLast(), bias?.detached.contiguous())
        if let (scale, shift) = normalization {
            weight = weight * scale.reshaped(to: [-1, 1, 1, 1])
            bias = bias.map { $0 * scale + shift } ?? shift
        }
        self.bias = bias
        filters = algorithm == .winograd ? .transformed(Winograd.transformed(weight)) : .plain(weight)
    }

    /// `[N, C, H, W]` → `[N, O, H', W']`; with `pools`, the largest value of each 2×2 window of that.
    package func callAsFunction(
        _ input: Tensor, _ geometry: ConvolutionGeometry, activation: Activation, pools: Bool
    ) -> Tensor {
        let input = input.detached.channelsLast()
        let value: Tensor
        switch filters {
        case .transformed(let filters):
            let poolsTiles = pools && geometry.output.height > 1 && geometry.output.width > 1
            value = Winograd.forward(
                input, filters: filters, geometry,
                .init(bias: bias, activation: activation, pools: poolsTiles))
            if poolsTiles { return value }
        case .plain(let weight):
            value = Kernels.directConvolution(
                algorithm, input, weight, bias: bias, geometry, activation: activation)
        }
        return pools ? maxPool2d(value, kernelSize: 2) : value
    }
}
