// SPDX-License-Identifier: Apache-2.0

/// Functions that a `Trainer` calls while it trains. Several for the same event are called in the order in
/// which they were added. An error in one of them ends the run, and `fit` throws it.
///
/// ```swift
/// trainer.callbacks.afterEpoch { epoch in print(epoch.number, epoch.validationAccuracy ?? 0) }
/// ```
public struct TrainerCallbacks {
    private(set) var atEpochBegin: [(Int) throws -> Void] = []
    private(set) var atStepEnd: [(TrainingStep) throws -> Void] = []
    private(set) var atEpochEnd: [(History.Epoch) throws -> Void] = []
    private(set) var atSkippedSample: [(SkippedSample) -> Void] = []

    /// Calls nothing.
    public init() {}

    /// Called before each epoch, with its number, counted from 0; also before the rest of a resumed epoch.
    public mutating func beforeEpoch(_ body: @escaping (Int) throws -> Void) { atEpochBegin.append(body) }

    /// Called after each step.
    public mutating func afterStep(_ body: @escaping (TrainingStep) throws -> Void) { atStepEnd.append(body) }

    /// Called after each epoch, when its checkpoints have been written.
    public mutating func afterEpoch(_ body: @escaping (History.Epoch) throws -> Void) {
        atEpochEnd.append(body)
    }

    /// Called once for each sample that could not be read and was skipped.
    public mutating func onSkipped(_ body: @escaping (SkippedSample) -> Void) { atSkippedSample.append(body) }
}
