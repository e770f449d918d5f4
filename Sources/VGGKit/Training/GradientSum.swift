// SPDX-License-Identifier: Apache-2.0

/// What the batches of one step of the optimizer have added up: parameters' gradients of the sum of the losses of all
/// samples, which become those of their mean.
struct GradientSum {
    private var loss = 0.0
    private(set) var count = 0

    var meanLoss: Double { loss / Double(max(1, count)) }

    /// - Parameter loss: the mean over a batch
    mutating func add(loss batchLoss: Float, count samples: Int) {
        loss += Double(batchLoss) * Double(samples)
        count += samples
    }

    func divide(_ parameters: [Parameter]) {
        for parameter in parameters {
            parameter.gradient = parameter.gradient.map { $0 / Float(count) }
        }
    }
}
