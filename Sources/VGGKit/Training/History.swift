// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a run has measured, an entry an epoch. It holds no times, so that equal runs have equal histories.
public struct History: Codable, Sendable, Equatable {
    public struct Epoch: Codable, Sendable, Equatable {
        /// Counted from 1.
        public var number: Int
        public var learningRate: Double
        public var trainLoss: Double
        public var trainAccuracy: Double
        public var validationLoss: Double?
        public var validationAccuracy: Double?
        public var validationTopFive: Double?

        public init(
            number: Int, learningRate: Double, trainLoss: Double, trainAccuracy: Double,
            validationLoss: Double? = nil, validationAccuracy: Double? = nil, validationTopFive: Double? = nil
        ) {
            self.number = number
            self.learningRate = learningRate
            self.trainLoss = trainLoss
            self.trainAccuracy = trainAccuracy
            self.validationLoss = validationLoss
            self.validationAccuracy = validationAccuracy
            self.validationTopFive = validationTopFive
        }

        /// What schedules look at.
        public var metrics: EpochMetrics {
            EpochMetrics(
                loss: validationLoss ?? trainLoss, accuracy: validationAccuracy ?? trainAccuracy)
        }
    }

    public var epochs: [Epoch] = []

    public init() {}

    /// The history of the run whose state a checkpoint holds (`weights/last.safetensors`); nil if it holds weights only.
    /// - Throws: `CheckpointError`
    public init?(checkpoint url: URL) throws(CheckpointError) {
        guard let text = try Checkpoint(contentsOf: url).metadata[Self.checkpointKey] else { return nil }
        struct State: Decodable { var history: History }
        do {
            self = try JSON.value(State.self, text).history
        } catch {
            throw .invalid(url, "its training state does not read: \(error)")
        }
    }

    /// Where in a checkpoint's metadata the state of a run stands.
    static let checkpointKey = "vggkit.training"

    /// The epoch of the highest validation accuracy (of training accuracy, where nothing was validated); of those with
    /// equal ones, that of the lowest loss; of several such, the first.
    public var best: Epoch? {
        epochs.reduce(nil) { best, epoch in
            guard let best else { return epoch }
            return Self.isBetter(epoch, than: best) ? epoch : best
        }
    }

    private static func isBetter(_ epoch: Epoch, than other: Epoch) -> Bool {
        if score(epoch) != score(other) { return score(epoch) > score(other) }
        return loss(epoch) < loss(other)
    }

    static func score(_ epoch: Epoch) -> Double { epoch.metrics.accuracy }

    /// What is not a number is worse than any.
    private static func loss(_ epoch: Epoch) -> Double {
        let loss = epoch.metrics.loss
        return loss.isNaN ? .infinity : loss
    }

    /// How many epochs have passed since the best.
    var epochsSinceBest: Int { epochs.count - (best?.number ?? 0) }

    /// A table for spreadsheets, a line an epoch.
    public var csv: String {
        let header = "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,val_top5"
        let lines = epochs.map { epoch in
            let numbers: [Double?] = [
                epoch.learningRate, epoch.trainLoss, epoch.trainAccuracy, epoch.validationLoss,
                epoch.validationAccuracy, epoch.validationTopFive,
            ]
            return ([String(epoch.number)] + numbers.map { $0.map { Decimals.short($0) } ?? "" })
                .joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n") + "\n"
    }
}
