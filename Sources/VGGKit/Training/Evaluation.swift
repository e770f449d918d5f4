// SPDX-License-Identifier: Apache-2.0

import Checks

/// How well a model does on a data set.
public struct Evaluation: Sendable {
    /// The mean over the samples, or over the batches where `evaluate` was asked for that.
    public var loss: Double
    public var accuracy: Double
    public var topFive: Double
    public var confusion: ConfusionMatrix
    public var count: Int
    /// Samples that could not be read and are not counted.
    public var skipped: [SkippedSample]
    /// What the model made of each sample that was counted.
    public var predictions = Predictions()

    /// How well the model knows how often it is right.
    public var calibration: Calibration { Calibration(predictions) }
}

/// Adds up losses and hits over batches.
package struct Tally: Codable, Equatable {
    /// Weighed by what `averaging` says: by samples, or each batch as one.
    var loss = 0.0
    var hits = 0.0
    var topFiveHits = 0.0
    var count = 0
    var averaging = Averaging.samples
    /// How many samples or batches have been added.
    private var weight = 0.0

    init(_ averaging: Averaging = .samples) { self.averaging = averaging }

    mutating func add(loss batchLoss: Float, ranking: Ranking, labels: [Int32]) {
        let batchWeight = averaging == .samples ? Double(labels.count) : 1
        let share = batchWeight / Double(max(1, labels.count))
        loss += Double(batchLoss) * batchWeight
        hits += Double(ranking.hits(labels, within: 1)) * share
        topFiveHits += Double(ranking.hits(labels, within: 5)) * share
        count += labels.count
        weight += batchWeight
    }

    package var meanLoss: Double { loss / max(1, weight) }
    package var accuracy: Double { hits / max(1, weight) }
    var topFive: Double { topFiveHits / max(1, weight) }

    private enum CodingKeys: CodingKey { case loss, hits, topFiveHits, count, averaging, weight }

    /// Checkpoints of earlier versions hold sums over samples.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        loss = try container.decode(Double.self, forKey: .loss)
        hits = try container.decode(Double.self, forKey: .hits)
        topFiveHits = try container.decode(Double.self, forKey: .topFiveHits)
        count = try container.decode(Int.self, forKey: .count)
        averaging = try container.decodeIfPresent(Averaging.self, forKey: .averaging) ?? .samples
        weight = try container.decodeIfPresent(Double.self, forKey: .weight) ?? Double(count)
    }
}

/// Measures a model on a data set, at inference.
/// - Parameters:
///   - averaging: what the loss and the accuracies are means over
///   - epoch: which epoch's batches are read; they differ where the loader shuffles
public func evaluate<D: Dataset>(
    _ model: some Layer, on loader: DataLoader<D>, loss: some Loss = CrossEntropy(), classes: [String]? = nil,
    averaging: Averaging = .samples, epoch: Int = 0, file: StaticString = #fileID, line: UInt = #line
) throws -> Evaluation {
    var tally = Tally(averaging)
    var predictions = Predictions()
    var classCount = classes?.count ?? 0
    let batches = loader.batches(epoch: epoch, from: 0)
    var skipped: [SkippedSample] = []
    while let batch = try batches.next() {
        skipped += batch.skipped
        guard batch.labels.count > 0 else { continue }
        let logits = withPhase(.inference) { withoutRecording { model(batch.images) } }
        requireBatch(logits, batch.labels, "evaluate", file: file, line: line)
        if predictions.isEmpty { predictions.reserve(loader.count, classCount: logits.shape[1]) }
        let labels = batch.labels.scalars(Int32.self)
        let width = classes.map { min($0.count, logits.shape[1]) } ?? logits.shape[1]
        for label in labels {
            check(
                0..<width ~= Int(label), "evaluate: label \(label) is outside 0..<\(width)", file: file,
                line: line)
        }
        let ranking = Ranking(logits, depth: Predictions.largestDepth)
        tally.add(loss: loss(logits, batch.labels).item(), ranking: ranking, labels: labels)
        classCount = max(classCount, logits.shape[1])
        predictions.add(logits, ranking, labels: labels, samples: batch.indices)
    }
    var confusion = ConfusionMatrix(classes: classes ?? (0..<classCount).map(String.init))
    for (label, prediction) in predictions.pairs { confusion.add(label: label, prediction: prediction) }
    return Evaluation(
        loss: tally.meanLoss, accuracy: tally.accuracy, topFive: tally.topFive, confusion: confusion,
        count: tally.count, skipped: skipped, predictions: predictions)
}
