// SPDX-License-Identifier: Apache-2.0

import Checks

/// Two-dimensional convolution (cross-correlation), with bias and activation in the same pass.
///
/// `[N, C, H, W]` → `[N, O, H', W']` with `H' = (H + 2·padding - dilation·(kH - 1) - 1) / stride + 1`. Its
/// gradients are `∂w = Σ ∂y ⋆ x`, `∂b = Σ ∂y`, and for `x` the convolution of `∂y` with the transposed
/// filters; an activation's gradient is computed from its output, so that only input and output are kept. As
/// `torch.nn.functional.conv2d`.
/// - Parameters:
///   - weight: `[O, C / groups, kH, kW]`
///   - bias: `[O]`
public func conv2d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Extent = 1, padding: Extent = 0,
    dilation: Extent = 1, groups: Int = 1, activation: Activation = .identity, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "conv2d", file: file, line: line)
    weight.requireType(.float32, "conv2d", file: file, line: line)
    bias?.requireType(.float32, "conv2d", file: file, line: line)
    let geometry = ConvolutionGeometry(
        input: input.shape, weight: weight.shape, stride: stride, padding: padding, dilation: dilation,
        groups: groups, file: file, line: line)
    check(
        bias == nil || bias!.shape == [geometry.outChannels],
        "conv2d: bias \(bias?.shape ?? []) should have one element for each of \(geometry.outChannels) output channels",
        file: file, line: line
    )
    if Recording.isEnabled && !activation.hasGradientFromOutput {
        return activation(
            conv2d(
                input, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
                groups: groups, file: file, line: line))
    }
    return differentiable([input, weight] + (bias.map { [$0] } ?? [])) { inputs, needed in
        let x = inputs[0].channelsLast()
        let value = Kernels.convolution(
            x, inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, geometry, activation: activation)
        let kept = (
            x: needed[1] ? x : nil, w: needed[0] ? inputs[1] : nil, y: activation == .relu ? value : nil
        )
        return (
            value,
            { gradient in
                let gradients = Kernels.convolutionPullback(
                    gradient, output: kept.y, input: kept.x, weight: kept.w,
                    needsBias: needed.count > 2 && needed[2], geometry)
                return Array([gradients.input, gradients.weight, gradients.bias].prefix(needed.count))
            }
        )
    }
}
