// SPDX-License-Identifier: Apache-2.0

/// What a step of a training run measured.
public struct TrainingStep: Sendable, Equatable {
    /// Counted from 1 over the whole run.
    public var number: Int
    /// Counted from 1.
    public var epoch: Int
    /// The batch's, before the step.
    public var loss: Double
    public var learningRate: Double

    public init(number: Int, epoch: Int, loss: Double, learningRate: Double) {
        self.number = number
        self.epoch = epoch
        self.loss = loss
        self.learningRate = learningRate
    }
}
