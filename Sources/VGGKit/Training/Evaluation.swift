// SPDX-License-Identifier: Apache-2.0

import Checks

/// The result of evaluating a model on a data set.
public struct Evaluation: Sendable {
    /// The mean loss over the samples, or over the batches if `evaluate` was told so.
    public var loss: Double
    /// The share of samples whose label has the highest logit, 0 … 1; averaged in the same way as the loss.
    public var accuracy: Double
    /// The share of samples whose label is among the five highest logits, 0 … 1; averaged in the same way as
    /// the loss.
    public var topFive: Double
    /// How often samples of each class were predicted as each class.
    public var confusion: ConfusionMatrix
    /// The number of samples that were evaluated.
    public var count: Int
    /// Samples that could not be read and were skipped.
    public var skipped: [SkippedSample]
    /// The prediction for each sample that was evaluated.
    public var predictions = Predictions()

    /// How well the model's confidence matches its accuracy.
    public var calibration: Calibration { Calibration(predictions) }
}

/// Adds up losses and hits over batches.
package struct Tally: Codable, Equatable {
    /// Sums weighted as `averaging` says: by samples, or each batch equally.
    var loss = 0.0
    var hits = 0.0
    var topFiveHits = 0.0
    var count = 0
    var averaging = Averaging.samples
    /// The number of samples or batches added so far.
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
///   - averaging: whether the loss and the accuracies are means over samples or over batches
///   - epoch: the epoch whose batches are read; it matters only if the loader shuffles
/// - Throws: errors of the loader; `CancellationError` if the task is cancelled; `DeviceError` if a GPU fails
public func evaluate<D: Dataset>(
    _ model: some Layer, on loader: DataLoader<D>, loss: some Loss = CrossEntropy(), classes: [String]? = nil,
    averaging: Averaging = .samples, epoch: Int = 0, file: StaticString = #fileID, line: UInt = #line
) throws -> Evaluation {
    try evaluate(
        model, on: loader, loss: loss, classes: classes, averaging: averaging, epoch: epoch,
        isStopped: { Task.isCancelled }, file: file, line: line)
}

/// - Parameter isStopped: asked before each batch whether to end with a `CancellationError`
func evaluate<D: Dataset>(
    _ model: some Layer, on loader: DataLoader<D>, loss: some Loss, classes: [String]?, averaging: Averaging,
    epoch: Int, isStopped: () -> Bool, file: StaticString, line: UInt
) throws -> Evaluation {
    try Device.throwingFailures {
        try measure(model, loader, loss, classes, averaging, epoch, isStopped, file, line)
    }
}

private func measure<D: Dataset>(
    _ model: some Layer, _ loader: DataLoader<D>, _ loss: some Loss, _ classes: [String]?,
    _ averaging: Averaging, _ epoch: Int, _ isStopped: () -> Bool, _ file: StaticString, _ line: UInt
) throws -> Evaluation {
    var tally = Tally(averaging)
    var predictions = Predictions()
    var classCount = classes?.count ?? 0
    let batches = loader.batches(epoch: epoch, from: 0)
    var skipped: [SkippedSample] = []
    while let batch = try batches.next() {
        if isStopped() { throw CancellationError() }
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
        let batchLoss = loss(logits, batch.labels)
        let ranking = Ranking(logits, depth: Predictions.largestDepth)
        let lossValue = batchLoss.item()
        try Device.current.requireWorking()
        tally.add(loss: lossValue, ranking: ranking, labels: labels)
        classCount = max(classCount, logits.shape[1])
        predictions.add(logits, ranking, labels: labels, samples: batch.indices)
    }
    // A model may have more outputs than there are names. Predicted outputs without a name are called by
    // their index.
    let named =
        classes.map { max($0.count, 1 + (predictions.pairs.map(\.prediction).max() ?? -1)) } ?? classCount
    var confusion = ConfusionMatrix(
        classes: (0..<named).map { (classes ?? []).className($0) })
    for (label, prediction) in predictions.pairs { confusion.add(label: label, prediction: prediction) }
    return Evaluation(
        loss: tally.meanLoss, accuracy: tally.accuracy, topFive: tally.topFive, confusion: confusion,
        count: tally.count, skipped: skipped, predictions: predictions)
}
