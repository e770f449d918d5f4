// SPDX-License-Identifier: Apache-2.0

/// Counts the samples and losses of the batches of one optimizer step. The gradients of the summed loss add
/// up in the parameters; `divide` turns them into the gradients of the mean loss.
struct GradientSum {
    private var loss = 0.0
    private(set) var count = 0

    var meanLoss: Double { loss / Double(max(1, count)) }

    mutating func add(_ batch: BatchMetrics) { add(loss: batch.meanLoss, count: Int(batch.count)) }

    /// - Parameter loss: the mean over a batch
    mutating func add(loss batchLoss: Double, count samples: Int) {
        guard samples > 0 else { return }
        loss += batchLoss * Double(samples)
        count += samples
    }

    func divide(_ parameters: [Parameter]) {
        for parameter in parameters {
            parameter.gradient = parameter.gradient.map { $0 / Float(count) }
        }
    }
}
