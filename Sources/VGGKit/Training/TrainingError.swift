// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Why a run could not start, continue or be resumed.
public enum TrainingError: DescribedError {
    /// The loss became NaN or infinite. The model holds the weights that caused it.
    case lossNotFinite(loss: Float, epoch: Int, step: Int, checkpoint: URL?)
    /// The validation loss became NaN or infinite. Nothing of the epoch was saved.
    case validationLossNotFinite(loss: Double, epoch: Int, checkpoint: URL?)
    /// Weights became NaN or infinite in a step after which no loss was measured. They were not saved.
    case weightsNotFinite(parameter: String, epoch: Int, checkpoint: URL?)
    /// The weights were NaN or infinite before the first step.
    case startingWeightsNotFinite(parameter: String)
    /// In a batch of one image, batch normalisation would see one value per channel. `imageCount`: the number
    /// of images to train on.
    case oneValuePerChannel(layer: String, input: [Int], batchSize: Int, imageCount: Int)
    /// A signal or the cancellation of the task ended the run after a complete step.
    case interrupted(epoch: Int, step: Int, checkpoint: URL?)
    /// The GPU failed. The model's weights are lost, but for the checkpoint.
    case deviceFailed(DeviceError, epoch: Int, step: Int, checkpoint: URL?)
    case noBatches
    case cannotResume(URL, reason: String)
    /// The trainer's output folder holds a run that was not resumed.
    case outputHoldsRun(URL)

    public var description: String {
        switch self {
        case .lossNotFinite(let loss, let epoch, let step, let checkpoint):
            "the loss is \(Self.word(Double(loss))) at step \(step) of epoch \(epoch)"
                + Self.advice(checkpoint)
        case .validationLossNotFinite(let loss, let epoch, let checkpoint):
            "the validation loss is \(Self.word(loss)) after epoch \(epoch)" + Self.advice(checkpoint)
        case .weightsNotFinite(let parameter, let epoch, let checkpoint):
            "\(parameter) has values that are NaN or infinite in epoch \(epoch)" + Self.advice(checkpoint)
        case .startingWeightsNotFinite(let parameter):
            "\(parameter) has values that are NaN or infinite before the first step; start from other weights"
        case .oneValuePerChannel(let layer, let input, let batchSize, let imageCount):
            """
            \(layer.isEmpty ? "batch normalisation" : layer) would normalise one value a channel, which has no \
            variance: in a batch of one image its input is \(input), and \
            \(imageCount == 1 ? "there is one image to train on. Add" : "the batch size is \(batchSize). Train in batches of 3 or") \
            more images, or \(imageCount == 1 ? "train on a larger one" : "on larger images")
            """
        case .interrupted(let epoch, let step, let checkpoint):
            "interrupted after step \(step) of epoch \(epoch)"
                + (checkpoint.map { "; continue from \($0.relativePath)" }
                    ?? "; nothing was saved, no output folder was given")
        case .deviceFailed(let error, let epoch, let step, let checkpoint):
            "\(error) (step \(step) of epoch \(epoch)). "
                + (checkpoint.map { "The run can be continued from \($0.relativePath)" }
                    ?? "No checkpoint had been written yet")
        case .noBatches:
            "the training set gives no batches"
        case .cannotResume(let url, let reason):
            "cannot resume from \(url.relativePath): \(reason)"
        case .outputHoldsRun(let url):
            "\(url.relativePath) holds a run already, which would be overwritten: resume it by "
                + "`resume(from:)`, choose another output, or set the configuration's `overwritesOutput`"
        }
    }

    private static func word(_ loss: Double) -> String {
        loss.isNaN ? "NaN" : loss > 0 ? "infinite" : "minus infinity"
    }

    private static func advice(_ checkpoint: URL?) -> String {
        "; a lower learning rate may help. "
            + (checkpoint.map { "The last good state is in \($0.relativePath)" }
                ?? "No checkpoint had been written yet")
    }
}
