// SPDX-License-Identifier: Apache-2.0

import Checks

/// How the losses of a batch's elements are combined.
public enum Reduction: Sendable {
    case mean, sum, none
}

/// The cross entropy between logits and labels, as `torch.nn.functional.cross_entropy`.
///
/// For each label y that is not ignored, `(1 - s) w[y] · -log p[y] + s / C · Σ w[c] · -log p[c]` with label
/// smoothing s. The mean divides by `Σ w[y]`; if every label is ignored it is NaN.
/// - Parameters:
///   - logits: `[N, C]`, or `[N, C, …]` for a label at each position
///   - labels: `[N]` or `[N, …]`, `int32`, in `0 ..< C` or equal to `ignoreIndex`
///   - weights: `[C]`, 1 if nil
public func crossEntropy(
    _ logits: Tensor, _ labels: Tensor, weights: Tensor? = nil, labelSmoothing: Float = 0,
    ignoreIndex: Int = -100,
    reduction: Reduction = .mean, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    labels.requireType(.int32, "crossEntropy", file: file, line: line)
    logits.requireType(.float32, "crossEntropy", file: file, line: line)
    weights?.requireType(.float32, "crossEntropy", file: file, line: line)
    check(
        logits.rank >= 2 && labels.shape == [logits.shape[0]] + logits.shape.dropFirst(2),
        "crossEntropy: takes logits [N, C, …] and labels [N, …], not \(logits.shape) and \(labels.shape)",
        file: file, line: line)
    check(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        "crossEntropy: label smoothing \(labelSmoothing) is not in 0...1", file: file, line: line)
    guard logits.rank == 2 else {
        let order = [0] + Array(2..<logits.rank) + [1]
        let rows = logits.permuted(order).reshaped(to: [labels.count, logits.shape[1]])
        let loss = crossEntropy(
            rows, labels.reshaped(to: [-1]), weights: weights, labelSmoothing: labelSmoothing,
            ignoreIndex: ignoreIndex, reduction: reduction, file: file, line: line)
        return reduction == .none ? loss.reshaped(to: labels.shape) : loss
    }
    let classes = logits.shape[1]
    check(
        weights == nil || weights!.shape == [classes],
        "crossEntropy: weights \(weights?.shape ?? []) should have one element for each of \(classes) classes",
        file: file, line: line
    )
    let (targets, total) = Kernels.crossEntropyTargets(
        labels, classCount: classes, weights: weights, labelSmoothing: labelSmoothing,
        ignoreIndex: ignoreIndex,
        file: file, line: line)
    return crossEntropy(logits, targets: targets, total: total, reduction: reduction)
}

/// The cross entropy between logits and a distribution over the classes for each row, `[N, C]` both: for
/// mixed labels and distillation. Both get gradients; as `torch.nn.functional.cross_entropy` with
/// probabilities.
public func crossEntropy(
    _ logits: Tensor, probabilities: Tensor, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    logits.requireType(.float32, "crossEntropy", file: file, line: line)
    probabilities.requireType(.float32, "crossEntropy", file: file, line: line)
    check(
        logits.rank == 2 && probabilities.shape == logits.shape,
        "crossEntropy: takes logits and probabilities [N, C], not \(logits.shape) and \(probabilities.shape)",
        file: file, line: line)
    return crossEntropy(
        logits, targets: probabilities, total: Double(logits.shape[0]), reduction: reduction)
}

/// `-Σ t · log p` for each row; its gradients are `p Σ t - t` with respect to the logits, `-log p` with
/// respect to t.
/// - Parameter total: the divisor of the mean
private func crossEntropy(_ logits: Tensor, targets: Tensor, total: Double, reduction: Reduction) -> Tensor {
    let losses = differentiable([logits, targets]) { inputs, needed in
        let logProbabilities = logSoftmax(inputs[0])
        let targets = inputs[1]
        // A class of weight 0 has no effect, even if its logit is infinite, or if the mean over no labels is
        // NaN.
        return (
            choose(where: targets, -logProbabilities * targets, 0).sum(axes: [1]),
            { gradient in
                let gradient = gradient.reshaped(to: [-1, 1])
                var logitGradient: Tensor?
                if needed[0] {
                    let total = targets.sum(axes: [1], keepDimensions: true)
                    logitGradient = choose(
                        where: abs(targets).sum(axes: [1], keepDimensions: true),
                        (exp(logProbabilities) * total - targets) * gradient, 0)
                }
                return [logitGradient, needed[1] ? -logProbabilities * gradient : nil]
            }
        )
    }
    switch reduction {
    case .mean: return losses.sum(over: [0], dividedBy: total).reshaped(to: [])
    case .sum: return losses.sum()
    case .none: return losses
    }
}

/// The squared difference, as `torch.nn.functional.mse_loss`.
public func meanSquaredError(
    _ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    check(
        prediction.shape == target.shape,
        "meanSquaredError: prediction \(prediction.shape) and target \(target.shape) differ in shape",
        file: file, line: line)
    prediction.requireType(.float32, "meanSquaredError", file: file, line: line)
    target.requireType(.float32, "meanSquaredError", file: file, line: line)
    let difference = prediction - target
    let squares = difference * difference
    switch reduction {
    case .mean:
        return squares.sum(over: Array(squares.shape.indices), dividedBy: Double(squares.count)).reshaped(
            to: [])
    case .sum: return squares.sum()
    case .none: return squares
    }
}
