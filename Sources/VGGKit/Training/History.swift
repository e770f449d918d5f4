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

    /// The epoch of the highest validation accuracy (of training accuracy, where nothing was validated); the first of
    /// several.
    public var best: Epoch? {
        epochs.max { Self.score($0) < Self.score($1) }.flatMap { top in
            epochs.first { Self.score($0) == Self.score(top) }
        }
    }

    static func score(_ epoch: Epoch) -> Double { epoch.validationAccuracy ?? epoch.trainAccuracy }

    /// How many epochs have passed since the best.
    var epochsSinceBest: Int { epochs.count - (best?.number ?? 0) }

    /// Numbers that are not finite as NumPy and pandas read them. (C's `printf` has two kinds of NaN, as "-nan".)
    private static func text(_ number: Double) -> String {
        number.isFinite
            ? String(format: "%.6g", number) : number.isNaN ? "nan" : number > 0 ? "inf" : "-inf"
    }

    /// A table for spreadsheets, a line an epoch.
    public var csv: String {
        let header = "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,val_top5"
        let lines = epochs.map { epoch in
            let numbers: [Double?] = [
                epoch.learningRate, epoch.trainLoss, epoch.trainAccuracy, epoch.validationLoss,
                epoch.validationAccuracy, epoch.validationTopFive,
            ]
            return ([String(epoch.number)] + numbers.map { $0.map(Self.text) ?? "" })
                .joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n") + "\n"
    }
}
