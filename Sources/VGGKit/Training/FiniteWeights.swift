// SPDX-License-Identifier: Apache-2.0

extension Trainer {
    /// Keeps weights that are NaN or infinite out of checkpoints, so that the last good state stays.
    ///
    /// The loss shows them one step later, which the last step of an epoch does not have.
    /// - Throws: `TrainingError.weightsNotFinite`
    func requireFiniteWeights() throws(TrainingError) {
        guard let name = model.parameterThatIsNotFinite else { return }
        throw .weightsNotFinite(parameter: name, epoch: position.epoch + 1, checkpoint: existingCheckpoint)
    }

    /// Why a loss is not finite: by the steps that were made, or because the weights were not to begin with.
    func error(loss: Float) -> TrainingError {
        if !hasStepped, let name = model.parameterThatIsNotFinite {
            return .startingWeightsNotFinite(parameter: name)
        }
        return .lossNotFinite(
            loss: loss, epoch: position.epoch + 1, step: position.step + 1, checkpoint: existingCheckpoint)
    }
}

extension Layer {
    /// The first parameter with a NaN or an infinity; nil if there is none. (Buffers may hold infinities, as masks do.)
    var parameterThatIsNotFinite: String? {
        namedParameters.first { !$0.parameter.value.isFinite }?.name
    }
}

extension Tensor {
    /// Whether no element is NaN or infinite.
    var isFinite: Bool {
        let values = detached.to(.float32)
        guard values.isDense else { return values.floats.allSatisfy(\.isFinite) }
        return values.withScalars(Float.self) { values in
            // NaN and infinity have the largest exponent; the largest of the bits is found without a branch for each.
            var largest: UInt32 = 0
            for value in values { largest = Swift.max(largest, value.bitPattern & 0x7FFF_FFFF) }
            return largest < Float.infinity.bitPattern
        }
    }
}
