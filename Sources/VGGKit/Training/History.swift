// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The measurements of a run, one entry per epoch. It holds no times, so equal runs have equal histories.
public struct History: Codable, Sendable, Equatable {
    /// The measurements of one epoch. Losses and accuracies are averaged as the run's `Averaging` says.
    public struct Epoch: Codable, Sendable, Equatable {
        /// The epoch's number, counted from 1.
        public var number: Int
        /// The learning rate of the epoch's last step, in the first parameter group.
        public var learningRate: Double
        /// The training loss. Each batch's loss is measured before its step.
        public var trainLoss: Double
        /// The share of training images that were classified correctly, 0 … 1; measured as the training loss.
        public var trainAccuracy: Double
        /// The loss on the validation set after the epoch; nil without validation.
        public var validationLoss: Double?
        /// The share of validation images that were classified correctly, 0 … 1; nil without validation.
        public var validationAccuracy: Double?
        /// The share of validation images whose label is among the five highest logits, 0 … 1; nil without
        /// validation.
        public var validationTopFive: Double?

        /// - Parameter number: counted from 1
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

        /// The metrics that schedules use.
        public var metrics: EpochMetrics {
            EpochMetrics(
                loss: validationLoss ?? trainLoss, accuracy: validationAccuracy ?? trainAccuracy)
        }
    }

    /// The complete epochs, in order.
    public var epochs: [Epoch] = []

    /// A history without epochs.
    public init() {}

    /// The history of the run whose state a checkpoint holds (`weights/last.safetensors`); nil if it holds
    /// weights only.
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

    /// The key of a run's state in a checkpoint's metadata.
    static let checkpointKey = "vggkit.training"

    /// The epoch with the highest validation accuracy (training accuracy without validation). Of equal
    /// accuracies the one with the lowest loss, and of equal losses the first.
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

    /// NaN is worse than any number.
    private static func loss(_ epoch: Epoch) -> Double {
        let loss = epoch.metrics.loss
        return loss.isNaN ? .infinity : loss
    }

    /// The number of epochs since the best one.
    var epochsSinceBest: Int { epochs.count - (best?.number ?? 0) }

    /// The history as CSV, one line per epoch.
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
