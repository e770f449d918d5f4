// SPDX-License-Identifier: Apache-2.0

import Checks

/// Batch normalisation with the statistics of this batch: `y = (x - mean) / √(variance + ε) · weight + bias`,
/// for each channel of `[N, C, H, W]`, with the activation in the same pass (Ioffe & Szegedy, 2015).
///
/// Returns the batch's mean and biased variance (`[C]`) as well, for running statistics; they carry no
/// gradient.
/// - Parameters:
///   - weight: `[C]`, 1 if nil
///   - bias: `[C]`, 0 if nil
public func batchNorm2d(
    _ input: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Float = 1e-5,
    activation: Activation = .identity, file: StaticString = #fileID, line: UInt = #line
) -> (value: Tensor, mean: Tensor, variance: Tensor) {
    let result = batchNorm2d(
        input, weight: weight, bias: bias, epsilon: epsilon, activation: activation, exchange: nil,
        file: file,
        line: line)
    return (result.value, result.mean, result.variance)
}

/// The same over the parts of a batch that several processes have.
/// - Parameter exchange: how they tell each other their statistics; nil for this process alone
/// - Returns: also the number of values of each channel, of all processes
package func batchNorm2d(
    _ input: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Float, activation: Activation,
    exchange: StatisticsExchange?, file: StaticString = #fileID, line: UInt = #line
) -> (value: Tensor, mean: Tensor, variance: Tensor, count: Int) {
    requireChannels(input, [weight, bias], file: file, line: line)
    let moments: ChannelMoments
    var count = input.shape[1] > 0 ? input.count / input.shape[1] : 0
    if let exchange {
        (moments, count) = ChannelMoments.joined(input.detached.channelsLast(), exchange)
    } else {
        moments = Kernels.channelMoments(input.detached.channelsLast())
    }
    check(
        count > 1,
        "batchNorm2d: training needs channels of more than one value; input \(input.shape) has not",
        file: file, line: line)
    let value = normalize(
        input, moments, weight: weight, bias: bias, epsilon: epsilon, activation: activation,
        batch: (count, exchange))
    return (value, moments.mean, moments.variance, count)
}

/// Batch normalisation with given statistics (`[C]`), as at inference.
public func batchNorm2d(
    _ input: Tensor, mean: Tensor, variance: Tensor, weight: Tensor? = nil, bias: Tensor? = nil,
    epsilon: Float = 1e-5, activation: Activation = .identity, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    requireChannels(input, [mean, variance, weight, bias], file: file, line: line)
    let moments = ChannelMoments(mean: mean.detached, variance: variance.detached)
    return normalize(
        input, moments, weight: weight, bias: bias, epsilon: epsilon, activation: activation, batch: nil)
}

/// With `x̂ = (x - mean) / √(variance + ε)` and m values a channel: `∂bias = Σ ∂y`, `∂weight = Σ ∂y x̂`, and
/// `∂x = weight / √(variance + ε) · (∂y - ∂bias / m - x̂ ∂weight / m)`; with given statistics the last two
/// terms are missing.
/// - Parameter batch: if the statistics are the batch's, m, and the exchange with other processes if they
///   have parts of it. The gradients of weight and bias are then those of this process's part.
private func normalize(
    _ input: Tensor, _ moments: ChannelMoments, weight: Tensor?, bias: Tensor?, epsilon: Float,
    activation: Activation, batch: (count: Int, exchange: StatisticsExchange?)?
) -> Tensor {
    guard activation.hasGradientFromOutput else {
        return activation(
            normalize(
                input, moments, weight: weight, bias: bias, epsilon: epsilon, activation: .identity,
                batch: batch))
    }
    let channels = input.shape[1]
    let operands = [input, weight ?? Tensor.ones([channels]), bias ?? Tensor.zeros([channels])]
    return differentiable(operands) { inputs, needed in
        let x = inputs[0].channelsLast()
        let weight = inputs[1].contiguous()
        let inverse = moments.inverseDeviation(epsilon)
        let scale = weight * inverse
        let value = Kernels.normalize(
            x, mean: moments.mean, scale: scale, shift: inputs[2] - moments.remainder * scale,
            relu: activation == .relu)
        let kept = (x: x, y: activation == .relu ? value : nil)
        return (
            value,
            { gradient in
                let gradient = gradient.channelsLast()
                let (sums, products) = Kernels.normalizationSums(gradient, kept.x, output: kept.y, moments)
                var inputGradient: Tensor?
                // Other processes wait for this one's sums, also where it needs none of theirs.
                let all = batch?.exchange?.joined(sums, products) ?? (sums, products)
                if needed[0] {
                    let number = Float(batch?.count ?? 1)
                    let valueFactor = -(scale * inverse * inverse * all.1) / number
                    let constant = -(scale * all.0) / number - valueFactor * moments.remainder
                    inputGradient = Kernels.normalizationPullback(
                        gradient, kept.x, output: kept.y, mean: moments.mean, gradientFactor: scale,
                        statistics: batch == nil ? nil : (valueFactor, constant))
                }
                return [inputGradient, needed[1] ? products * inverse : nil, needed[2] ? sums : nil]
            }
        )
    }
}

private func requireChannels(
    _ input: Tensor, _ vectors: [Tensor?], file: StaticString = #fileID, line: UInt = #line
) {
    input.requireType(.float32, "batchNorm2d", file: file, line: line)
    check(
        input.rank == 4, "batchNorm2d: takes images [N, C, H, W], not \(input.shape)", file: file, line: line)
    for vector in vectors.compactMap({ $0 }) {
        vector.requireType(.float32, "batchNorm2d", file: file, line: line)
        check(
            vector.shape == [input.shape[1]],
            "batchNorm2d: input \(input.shape) takes vectors of \(input.shape[1]) elements, not \(vector.shape)",
            file: file, line: line
        )
    }
}
