// SPDX-License-Identifier: Apache-2.0

/// What training makes smaller: a number for a model's output and the labels.
public protocol Loss: Sendable {
    /// - Parameters:
    ///   - output: the model's, `[N, …]`
    ///   - labels: what it should have been
    func callAsFunction(_ output: Tensor, _ labels: Tensor) -> Tensor
}

/// The cross entropy between logits `[N, C]` and `int32` labels `[N]`. As `torch.nn.CrossEntropyLoss`.
public struct CrossEntropy: Loss {
    /// `[C]`; 1 if nil
    public let weights: Tensor?
    public let labelSmoothing: Float
    public let ignoreIndex: Int
    public let reduction: Reduction

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
    public let reduction: Reduction

    public init(reduction: Reduction = .mean) { self.reduction = reduction }

    public func callAsFunction(_ output: Tensor, _ target: Tensor) -> Tensor {
        meanSquaredError(output, target, reduction: reduction)
    }
}
