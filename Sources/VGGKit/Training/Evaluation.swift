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
}

/// Adds up losses and hits over batches.
struct Tally: Codable, Equatable {
    var loss = 0.0
    var hits = 0
    var topFiveHits = 0
    var count = 0

    mutating func add(loss batchLoss: Float, logits: Tensor, labels: [Int32]) {
        loss += Double(batchLoss) * Double(labels.count)
        count += labels.count
        let top = logits.top(min(5, logits.shape[1])).indices
        let width = top.shape[1]
        for (row, ranked) in top.scalars(Int32.self).chunked(width).enumerated() {
            if ranked.first == labels[row] { hits += 1 }
            if ranked.contains(labels[row]) { topFiveHits += 1 }
        }
    }

    var meanLoss: Double { loss / Double(max(1, count)) }
    var accuracy: Double { Double(hits) / Double(max(1, count)) }
    var topFive: Double { Double(topFiveHits) / Double(max(1, count)) }
}

extension Array {
    func chunked(_ size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
