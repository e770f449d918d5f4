// SPDX-License-Identifier: Apache-2.0

import Checks

/// `y = x · weightᵀ + bias`, with the activation in the same pass: `[…, I]` → `[…, O]`. As
/// `torch.nn.functional.linear`.
/// - Parameters:
///   - weight: `[O, I]`
///   - bias: `[O]`
public func linear(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, activation: Activation = .identity,
    file: StaticString = #fileID, line: UInt = #line
)
    -> Tensor
{
    input.requireType(.float32, "linear", file: file, line: line)
    weight.requireType(.float32, "linear", file: file, line: line)
    bias?.requireType(.float32, "linear", file: file, line: line)
    check(
        weight.rank == 2 && input.rank >= 1 && input.shape.last == weight.shape[1],
        "linear: takes input […, \(weight.shape.last ?? 0)] for weight \(weight.shape), not \(input.shape)",
        file: file, line: line)
    check(
        bias == nil || bias!.shape == [weight.shape[0]],
        "linear: bias \(bias?.shape ?? []) should have one element for each of \(weight.shape[0]) outputs",
        file: file, line: line)
    guard input.rank == 2 else {
        let rows = input.reshaped(to: [Shape.count(Array(input.shape.dropLast())), weight.shape[1]])
        return linear(rows, weight: weight, bias: bias, activation: activation, file: file, line: line)
            .reshaped(to: input.shape.dropLast() + [weight.shape[0]])
    }
    if Recording.isEnabled && !activation.hasGradientFromOutput {
        return activation(linear(input, weight: weight, bias: bias, file: file, line: line))
    }
    return differentiable([input, weight] + (bias.map { [$0] } ?? [])) { inputs, needed in
        let value = Kernels.linear(
            inputs[0], inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, activation: activation)
        let kept = (
            x: needed[1] ? inputs[0] : nil, w: needed[0] ? inputs[1] : nil,
            y: activation == .relu ? value : nil
        )
        return (
            value,
            { gradient in
                let gradient = kept.y.map { Kernels.pullback(.relu, gradient, at: $0) } ?? gradient
                let gradients = [
                    kept.w.map { Kernels.matrixProduct(gradient, $0) },
                    kept.x.map { Kernels.matrixProduct(gradient.transposed(), $0) },
                ]
                guard needed.count > 2 else { return gradients }
                return gradients + [needed[2] ? gradient.sum(axes: [0]) : nil]
            }
        )
    }
}
