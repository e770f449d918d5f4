// SPDX-License-Identifier: Apache-2.0

/// How well a model does on a data set.
public struct Evaluation: Sendable {
    /// The mean over the samples.
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
struct Tally: Codable, Equatable {
    var loss = 0.0
    var hits = 0
    var topFiveHits = 0
    var count = 0

    mutating func add(loss batchLoss: Float, ranking: Ranking, labels: [Int32]) {
        loss += Double(batchLoss) * Double(labels.count)
        count += labels.count
        hits += ranking.hits(labels, within: 1)
        topFiveHits += ranking.hits(labels, within: 5)
    }

    var meanLoss: Double { loss / Double(max(1, count)) }
    var accuracy: Double { Double(hits) / Double(max(1, count)) }
    var topFive: Double { Double(topFiveHits) / Double(max(1, count)) }
}

/// Measures a model on a data set, at inference.
public func evaluate<D: Dataset>(
    _ model: some Layer, on loader: DataLoader<D>, loss: some Loss = CrossEntropy(), classes: [String]? = nil
) throws -> Evaluation {
    var tally = Tally()
    var predictions = Predictions()
    var classCount = classes?.count ?? 0
    let batches = loader.batches(epoch: 0, from: 0)
    var skipped: [SkippedSample] = []
    while let batch = try batches.next() {
        skipped += batch.skipped
        guard batch.labels.count > 0 else { continue }
        let logits = withPhase(.inference) { withoutRecording { model(batch.images) } }
        if predictions.isEmpty { predictions.reserve(loader.count, classCount: logits.shape[1]) }
        let labels = batch.labels.scalars(Int32.self)
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
