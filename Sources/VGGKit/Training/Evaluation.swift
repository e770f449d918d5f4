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

/// What was measured on a batch, or on a rank's part of one.
struct BatchMetrics: BitwiseCopyable {
    /// The mean loss; without samples, of no meaning.
    var meanLoss = 0.0
    /// How many labels have the highest logit.
    var hits = 0.0
    /// How many labels are among the five highest logits.
    var topFiveHits = 0.0
    /// The number of samples.
    var count = 0.0

    init() {}

    init(loss: Float, ranking: Ranking, labels: [Int32]) {
        meanLoss = Double(loss)
        hits = Double(ranking.hits(labels, within: 1))
        topFiveHits = Double(ranking.hits(labels, within: 5))
        count = Double(labels.count)
    }

    /// The parts of a batch as one.
    init(joining parts: [BatchMetrics]) {
        let parts = parts.filter { $0.count > 0 }
        guard parts.count != 1 else {
            self = parts[0]
            return
        }
        count = parts.reduce(0) { $0 + $1.count }
        hits = parts.reduce(0) { $0 + $1.hits }
        topFiveHits = parts.reduce(0) { $0 + $1.topFiveHits }
        meanLoss = parts.reduce(0) { $0 + $1.meanLoss * $1.count } / max(1, count)
    }
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

    mutating func add(_ batch: BatchMetrics) {
        guard batch.count > 0 else { return }
        let batchWeight = averaging == .samples ? batch.count : 1
        let share = batchWeight / batch.count
        loss += batch.meanLoss * batchWeight
        hits += batch.hits * share
        topFiveHits += batch.topFiveHits * share
        count += Int(batch.count)
        weight += batchWeight
    }

    /// Adds what was measured on other batches.
    mutating func add(_ other: Tally) {
        loss += other.loss
        hits += other.hits
        topFiveHits += other.topFiveHits
        count += other.count
        weight += other.weight
    }

    /// The sums, which may be NaN.
    fileprivate var sums: [Double] { [loss, hits, topFiveHits, Double(count), weight] }

    fileprivate init(sums: [Double], _ averaging: Averaging) {
        self.averaging = averaging
        (loss, hits, topFiveHits) = (sums[0], sums[1], sums[2])
        (count, weight) = (Int(sums[3]), sums[4])
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
///   - communicator: the processes among which the batches are divided; each gets the whole result. Nil for
///     this process alone
/// - Throws: errors of the loader; `CancellationError` if the task is cancelled; `DeviceError` if a GPU fails
public func evaluate<D: Dataset>(
    _ model: some Layer, on loader: DataLoader<D>, loss: some Loss = CrossEntropy(), classes: [String]? = nil,
    averaging: Averaging = .samples, epoch: Int = 0, communicator: (any Communicator)? = nil,
    file: StaticString = #fileID, line: UInt = #line
) throws -> Evaluation {
    try evaluate(
        model, on: loader, loss: loss, classes: classes, averaging: averaging, epoch: epoch,
        ranks: Ranks(communicator), isStopped: { Task.isCancelled }, file: file, line: line)
}

/// - Parameter isStopped: asked before each batch whether to end with a `CancellationError`, on all ranks
func evaluate<D: Dataset>(
    _ model: some Layer, on loader: DataLoader<D>, loss: some Loss, classes: [String]?, averaging: Averaging,
    epoch: Int, ranks: Ranks, isStopped: () -> Bool, file: StaticString, line: UInt
) throws -> Evaluation {
    // The batches are those of one process, so the predictions are the same to the bit.
    let count = loader.batchCount
    let own = ranks.rank * count / ranks.size..<(ranks.rank + 1) * count / ranks.size
    let part = try ranks.together { () -> Measurement? in
        do {
            return try Device.throwingFailures {
                try measure(model, loader, loss, classes, averaging, epoch, own, isStopped, file, line)
            }
        } catch is CancellationError where ranks.size > 1 {
            return nil
        }
    }
    if try ranks.any(part == nil) { throw CancellationError() }
    return try part!.joined(ranks).evaluation(classes)
}

/// What was measured on some batches.
private struct Measurement {
    var tally: Tally
    var predictions = Predictions()
    var classCount: Int
    var skipped: [SkippedSample] = []

    /// What all ranks have measured, in the order of the batches.
    func joined(_ ranks: Ranks) throws -> Measurement {
        guard ranks.size > 1 else { return self }
        var whole = Measurement(tally: Tally(tally.averaging), classCount: 0)
        for numbers in try ranks.gather(numbers: tally.sums) {
            whole.tally.add(Tally(sums: numbers, tally.averaging))
        }
        whole.classCount = try ranks.gather(numbers: [classCount]).map { $0[0] }.max()!
        whole.predictions = try predictions.joined(ranks)
        whole.skipped = try ranks.gather(skipped: skipped).flatMap(\.self)
        if whole.tally.count == 0, let first = whole.skipped.first {
            throw LoaderError.nothingRead(sampleCount: whole.skipped.count, first: "\(first.error)")
        }
        return whole
    }
}

private func measure<D: Dataset>(
    _ model: some Layer, _ loader: DataLoader<D>, _ loss: some Loss, _ classes: [String]?,
    _ averaging: Averaging, _ epoch: Int, _ range: Range<Int>, _ isStopped: () -> Bool, _ file: StaticString,
    _ line: UInt
) throws -> Measurement {
    var result = Measurement(tally: Tally(averaging), classCount: classes?.count ?? 0)
    let batches = loader.batches(epoch: epoch, in: range)
    while let batch = try batches.next() {
        if isStopped() { throw CancellationError() }
        result.skipped += batch.skipped
        guard batch.labels.count > 0 else { continue }
        let logits = withPhase(.inference) { withoutRecording { model(batch.images) } }
        requireBatch(logits, batch.labels, "evaluate", file: file, line: line)
        if result.predictions.isEmpty {
            result.predictions.reserve(
                min(loader.count, range.count * loader.batchSize), classCount: logits.shape[1])
        }
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
        result.tally.add(BatchMetrics(loss: lossValue, ranking: ranking, labels: labels))
        result.classCount = max(result.classCount, logits.shape[1])
        result.predictions.add(logits, ranking, labels: labels, samples: batch.indices)
    }
    return result
}

extension Measurement {
    fileprivate func evaluation(_ classes: [String]?) -> Evaluation {
        // A model may have more outputs than there are names. Predicted outputs without a name are called by
        // their index.
        let named =
            classes.map { max($0.count, 1 + (predictions.pairs.map(\.prediction).max() ?? -1)) } ?? classCount
        var confusion = ConfusionMatrix(classes: (0..<named).map { (classes ?? []).className($0) })
        for (label, prediction) in predictions.pairs { confusion.add(label: label, prediction: prediction) }
        return Evaluation(
            loss: tally.meanLoss, accuracy: tally.accuracy, topFive: tally.topFive, confusion: confusion,
            count: tally.count, skipped: skipped, predictions: predictions)
    }
}
