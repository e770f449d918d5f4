// SPDX-License-Identifier: Apache-2.0

/// The measurements of one step of a training run.
public struct TrainingStep: Sendable, Equatable {
    /// The step's number, counted from 1 over the whole run.
    public var number: Int
    /// The epoch's number, counted from 1.
    public var epoch: Int
    /// The mean loss over the step's images, measured before the step.
    public var loss: Double
    /// The learning rate of the step, in the first parameter group.
    public var learningRate: Double

    /// - Parameters:
    ///   - number: counted from 1 over the whole run
    ///   - epoch: counted from 1
    public init(number: Int, epoch: Int, loss: Double, learningRate: Double) {
        self.number = number
        self.epoch = epoch
        self.loss = loss
        self.learningRate = learningRate
    }
}
