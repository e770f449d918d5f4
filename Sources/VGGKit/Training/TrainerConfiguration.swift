// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How a `Trainer` trains, what it writes and where.
public struct TrainerConfiguration: Sendable {
    /// The card that is written into every checkpoint: the network, its classes, and the preprocessing.
    public var card: ModelCard?
    /// The folder for checkpoints, plots and the history (`RunFolder`); nothing is written if it is nil.
    public var output: URL?
    /// Whether `fit` may overwrite a run in the output folder that was not resumed.
    public var overwritesOutput: Bool
    /// The files that hold the weights.
    public var weightsFormat: WeightsFormat
    /// What computes; nil for the device of the task that calls `fit` (`Device.current`).
    public var device: Device?
    /// The seed of dropout masks and of blended images. Each step derives its own numbers from it, so equal
    /// seeds give equal results.
    public var seed: UInt64
    /// The number of batches in one step of the optimizer (gradient accumulation): the gradient is that of
    /// all their images, in the memory of one batch. Batch normalisation still sees one batch at a time. The
    /// last step of an epoch may have fewer batches.
    public var batchesPerStep: Int
    /// Gradients with a larger norm are scaled down to this norm; nil for no limit.
    public var maximumGradientNorm: Float?
    /// The decay per step, 0 ..< 1, of a moving average of the weights (`WeightAverage`, EMA). The averaged
    /// weights are then validated, and saved as the best. Nil for no average.
    public var averageDecay: Float?
    /// Blends the images of each training batch. The training accuracy compares with the label of the image
    /// that has the larger share.
    public var mixing: (any BatchMixing)?
    /// Whether the history's losses and accuracies are means over samples or over batches.
    public var averaging: Averaging
    /// Early stopping: ends the run when the best epoch is this many epochs ago; nil for no early stopping.
    public var patience: Int?
    /// Whether and where progress is shown.
    public var progress: ProgressBar.Style
    /// The processes that train together, each with a part of every batch: `try MPICommunicator.world()`. Nil
    /// for this process alone. The batches are `size` times as large as the loader's.
    public var communicator: (any Communicator)?
    /// The numbers in which the processes exchange gradients.
    public var gradientTransport: GradientTransport
    /// Whether batch normalisation uses the statistics of the images of all processes, as
    /// `torch.nn.SyncBatchNorm`, in place of each process's own. It takes two short exchanges for each layer
    /// and step.
    public var sharesStatistics: Bool
    /// Whether SIGINT (Ctrl-C) and SIGTERM end `fit` after the current step and a checkpoint. Signals belong
    /// to the whole process: set this in a command-line tool, not in a part of a larger program.
    public var stopsOnSignals: Bool

    /// See the properties for each setting. By default nothing is written.
    public init(
        card: ModelCard? = nil, output: URL? = nil, overwritesOutput: Bool = false,
        weightsFormat: WeightsFormat = .safeTensors, device: Device? = nil, seed: UInt64 = 0,
        batchesPerStep: Int = 1,
        maximumGradientNorm: Float? = nil, averageDecay: Float? = nil, mixing: (any BatchMixing)? = nil,
        averaging: Averaging = .samples, patience: Int? = nil, progress: ProgressBar.Style = .automatic,
        communicator: (any Communicator)? = nil, gradientTransport: GradientTransport = .float32,
        sharesStatistics: Bool = false, stopsOnSignals: Bool = false
    ) {
        self.card = card
        self.output = output
        self.overwritesOutput = overwritesOutput
        self.weightsFormat = weightsFormat
        self.device = device
        self.seed = seed
        self.batchesPerStep = batchesPerStep
        self.maximumGradientNorm = maximumGradientNorm
        self.averageDecay = averageDecay
        self.mixing = mixing
        self.averaging = averaging
        self.patience = patience
        self.progress = progress
        self.communicator = communicator
        self.gradientTransport = gradientTransport
        self.sharesStatistics = sharesStatistics
        self.stopsOnSignals = stopsOnSignals
    }
}

/// The files of weights that a run writes.
public enum WeightsFormat: String, Sendable, CaseIterable {
    /// `weights/best.safetensors` and `weights/last.safetensors`, from which a run can be resumed.
    case safeTensors = "safetensors"
    /// Additionally `weights/best_model.pth` and `weights/last_model.pth`: state dictionaries, which
    /// `torch.load(path, weights_only=True)` opens.
    case pyTorch = "pth"
}
