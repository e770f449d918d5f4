// SPDX-License-Identifier: Apache-2.0

import Foundation

public enum TrainingError: Error, CustomStringConvertible {
    /// The loss became NaN or infinite; the model holds the weights that made it so.
    case lossNotFinite(loss: Float, epoch: Int, step: Int, checkpoint: URL?)
    /// A signal ended the run after a whole step.
    case interrupted(epoch: Int, step: Int, checkpoint: URL?)
    case noBatches
    case cannotResume(URL, reason: String)

    public var description: String {
        switch self {
        case .lossNotFinite(let loss, let epoch, let step, let checkpoint):
            "the loss is \(loss) at step \(step) of epoch \(epoch); a lower learning rate may help. "
                + (checkpoint.map { "The last good state is in \($0.relativePath)" }
                    ?? "No checkpoint had been written yet")
        case .interrupted(let epoch, let step, let checkpoint):
            "interrupted after step \(step) of epoch \(epoch)"
                + (checkpoint.map { "; continue from \($0.relativePath)" }
                    ?? "; nothing was saved, no output folder was given")
        case .noBatches:
            "the training set gives no batches"
        case .cannotResume(let url, let reason):
            "cannot resume from \(url.relativePath): \(reason)"
        }
    }
}
