// SPDX-License-Identifier: Apache-2.0

extension Trainer {
    /// Throws if weights are NaN or infinite, so that they do not replace the last good checkpoint.
    /// The loss would show them only in the next step, and after the last step of an epoch there is none.
    /// - Throws: `TrainingError.weightsNotFinite`
    func requireFiniteWeights() throws(TrainingError) {
        guard let name = model.parameterThatIsNotFinite else { return }
        throw .weightsNotFinite(parameter: name, epoch: position.epoch + 1, checkpoint: existingCheckpoint)
    }

    /// The error for a loss that is not finite: caused by the training steps, or by weights that were not
    /// finite from the beginning.
    func error(loss: Float) -> TrainingError {
        if !hasStepped, let name = model.parameterThatIsNotFinite {
            return .startingWeightsNotFinite(parameter: name)
        }
        return .lossNotFinite(
            loss: loss, epoch: position.epoch + 1, step: position.step + 1, checkpoint: existingCheckpoint)
    }
}

extension Layer {
    /// The first parameter with a NaN or an infinity; nil if there is none. (Buffers may hold infinities, as
    /// masks do.)
    var parameterThatIsNotFinite: String? {
        namedParameters.first { !$0.parameter.value.isFinite }?.name
    }
}

extension Tensor {
    /// Whether no element is NaN or infinite.
    var isFinite: Bool { Kernels.isFinite(detached.to(.float32)) }
}
