// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension TensorBoardWriter {
    /// Writes a step's loss and learning rate. If the first step that is written is not the run's first, it
    /// replaces the entries of a stopped run from this step on.
    public func add(_ step: TrainingStep) throws(TensorBoardError) {
        if !hasSteps && step.number > 1 { try restart(at: step.number) }
        hasSteps = true
        try add("step/loss", step.loss, step: step.number)
        try add("step/learning_rate", step.learningRate, step: step.number)
    }

    /// Writes an epoch's losses and accuracies, as curves over steps like all others.
    /// - Parameter step: the number of steps that the run has made
    public func add(_ epoch: History.Epoch, step: Int) throws(TensorBoardError) {
        let values: [(String, Double?)] = [
            ("loss/training", epoch.trainLoss), ("accuracy/training", epoch.trainAccuracy),
            ("loss/validation", epoch.validationLoss), ("accuracy/validation", epoch.validationAccuracy),
            ("top_five/validation", epoch.validationTopFive), ("epoch", Double(epoch.number)),
        ]
        for (tag, value) in values {
            if let value { try add(tag, value, step: step) }
        }
        try flush()
    }
}

extension Trainer {
    /// Writes each step and each epoch for TensorBoard; of several ranks, on the first.
    public func write(to board: TensorBoardWriter) {
        guard isFirstRank else { return }
        var steps = 0
        callbacks.afterStep {
            steps = $0.number
            try board.add($0)
        }
        callbacks.afterEpoch { try board.add($0, step: steps) }
    }
}
