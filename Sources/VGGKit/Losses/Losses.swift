// SPDX-License-Identifier: Apache-2.0

/// The loss that training minimises: a number for a model's output and the labels.
public protocol Loss: Sendable {
    /// The loss of a batch. A `Trainer` needs a single number, such as a mean or a sum.
    /// - Parameters:
    ///   - output: the model's, `[N, …]`
    ///   - labels: the correct classes or values
    func callAsFunction(_ output: Tensor, _ labels: Tensor) -> Tensor
}

/// The cross entropy between logits `[N, C]` and `int32` labels `[N]`. As `torch.nn.CrossEntropyLoss`.
public struct CrossEntropy: Loss {
    /// The weight of each class's loss, `[C]`; nil for 1.
    public let weights: Tensor?
    /// The share of the target that is spread evenly over all classes, 0 … 1.
    public let labelSmoothing: Float
    /// Samples with this label are ignored: they add nothing to the loss and do not count in its mean.
    public let ignoreIndex: Int
    /// How the samples' losses are combined: their weighted mean, their sum, or not at all, `[N]`.
    public let reduction: Reduction

    /// The defaults are PyTorch's: no weights, no smoothing, the mean over the samples.
    public init(
        weights: Tensor? = nil, labelSmoothing: Float = 0, ignoreIndex: Int = -100,
        reduction: Reduction = .mean
    ) {
        self.weights = weights
        self.labelSmoothing = labelSmoothing
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
    }

    public func callAsFunction(_ output: Tensor, _ labels: Tensor) -> Tensor {
        crossEntropy(
            output, labels, weights: weights, labelSmoothing: labelSmoothing, ignoreIndex: ignoreIndex,
            reduction: reduction)
    }
}

/// The mean of the squared differences. As `torch.nn.MSELoss`.
public struct MSE: Loss {
    /// How the squares are combined: their mean, their sum, or not at all.
    public let reduction: Reduction

    /// - Parameter reduction: the mean by default, as in PyTorch
    public init(reduction: Reduction = .mean) { self.reduction = reduction }

    public func callAsFunction(_ output: Tensor, _ target: Tensor) -> Tensor {
        meanSquaredError(output, target, reduction: reduction)
    }
}
