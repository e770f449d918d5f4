// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// Trains a classifier: epochs over a loader, validation, history, checkpoints that a killed run goes on from.
///
/// ```swift
/// let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.02, momentum: 0.9))
/// trainer.output = URL(filePath: "runs/first")
/// let history = try trainer.fit(training, validation: validation, epochs: 20)
/// ```
/// Nothing here is needed to write the loop by hand: `model`, `optimizer`, `loss` and the loaders are all that it uses.
/// With one seed a run is the same again, bit for bit, also when it was stopped at any point and resumed.
public final class Trainer<Model: Layer> {
    public let model: Model
    public let optimizer: any Optimizer
    public let loss: any Loss
    public let schedule: (any Schedule)?

    /// Where `weights/`, `result/` and `history.csv` go; nothing is written if it is nil.
    public var output: URL?
    /// Whether `fit` may write over a run that the output folder holds and that was not resumed.
    public var overwritesOutput = false
    /// Where the run is that this trainer has begun, or the checkpoint that it has resumed.
    var ownRun: URL?
    /// Written into every checkpoint.
    public var card: ModelCard?
    /// Seeds the masks of dropout, for each step anew.
    public var seed: UInt64 = 0
    /// Gradients are scaled down to this norm.
    public var maximumGradientNorm: Float?
    /// The average of the weights over the steps, which is validated and saved as the best in their place.
    public var weightAverage: WeightAverage?
    /// Blends the images of each training batch. Hits are counted by the image that has the larger share.
    public var mixing: (any BatchMixing)?
    /// How many batches make one step of the optimizer: its gradient is that of all their images together, in the memory
    /// of one batch. (Batch normalisation still sees one batch at a time.) The last step of an epoch may have fewer.
    public var batchesPerStep = 1
    /// What the history's losses and accuracies are means over.
    public var averaging = Averaging.samples
    /// Ends the run when the best epoch is this many epochs ago.
    public var patience: Int?
    /// Whether and where progress is shown.
    public var progress: ProgressBar.Style = .automatic
    /// Called before each epoch with its number, counted from 0; also before what is left of an epoch that is resumed.
    public var beforeEpoch: ((Int) throws -> Void)?
    /// Called after each step.
    public var afterStep: ((TrainingStep) throws -> Void)?
    /// Called after each epoch, when its checkpoints have been written.
    public var afterEpoch: ((History.Epoch) throws -> Void)?
    /// Called once for each sample that could not be read and was left out.
    public var onSkipped: ((SkippedSample) -> Void)?

    public internal(set) var history = History()
    /// Where in the run the next step is.
    var position = Position()
    /// Whether this trainer has changed the weights.
    private(set) var hasStepped = false
    /// What was found of batches of one image.
    var loneImage: LoneImage?
    /// The samples that could not be read and were left out, each once.
    public private(set) var skipped: [SkippedSample] = []
    /// What was wrong with them.
    private var reported: Set<String> = []
    /// Where `fit` was called.
    private var caller: (file: StaticString, line: UInt) = (#fileID, #line)
    /// Shows the epoch that is under way.
    private var bar: ProgressBar?

    /// A place between two steps of a run.
    struct Position: Codable, Equatable {
        /// Counted from 0.
        var epoch = 0
        var step = 0
        /// What the steps of this epoch have added up so far.
        var tally = Tally()
    }

    public init(
        _ model: Model, optimizer: any Optimizer, schedule: (any Schedule)? = nil,
        loss: any Loss = CrossEntropy()
    ) {
        self.model = model
        self.optimizer = optimizer
        self.schedule = schedule
        self.loss = loss
    }

    /// Trains until `epochs` epochs are done, counting those of the run that was resumed.
    ///
    /// SIGINT and SIGTERM end the run after the current step, when a checkpoint has been written.
    /// Where the last batch would be one image, and the model cannot be trained on one (batch normalisation of maps of one
    /// pixel), the batch before gives it a second.
    /// - Throws: `TrainingError`, also when the output folder holds a run that was not resumed; what the loaders throw;
    ///   `DatasetError.withinSource` for an output among the photos;
    ///   `CheckpointError` and `FileError` when a checkpoint cannot be written, which leaves the one before it as it was.
    @discardableResult
    public func fit<T: Dataset, V: Dataset>(
        _ training: DataLoader<T>, validation: DataLoader<V>?, epochs: Int, file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> History {
        guard training.batchCount > 0 else { throw TrainingError.noBatches }
        try requireOutputOutside(training.dataset.sourceFolder)
        try requireOutputOutside(validation?.dataset.sourceFolder)
        check(
            batchesPerStep > 0, "Trainer: batches per step \(batchesPerStep) must be positive", file: file,
            line: line)
        caller = (file, line)
        let training = try evened(training)
        try takeOutput()
        let interruption = Interruption()
        defer { interruption.uninstall() }
        while position.epoch < epochs, !isOutOfPatience {
            try beforeEpoch?(position.epoch)
            let bar = ProgressBar(
                title: "epoch \(position.epoch + 1)/\(epochs)", total: training.count,
                done: position.step * training.batchSize, style: progress)
            self.bar = bar
            // An error is told on a line of its own.
            defer { bar.finish() }
            try trainEpoch(training, interruption)
            let validated = try validation.map { validation in
                bar.beginValidation()
                return try withAveragedWeights { try evaluate(validation, file: file, line: line) }
            }
            report(validated?.skipped ?? [])
            try requireFiniteWeights()
            if let loss = validated?.loss, !loss.isFinite {
                throw TrainingError.validationLossNotFinite(
                    loss: loss, epoch: position.epoch + 1, checkpoint: existingCheckpoint)
            }
            bar.finish(validationLoss: validated?.loss, validationAccuracy: validated?.accuracy)
            try finishEpoch(validated)
        }
        try writeHistory()
        return history
    }

    /// What a run writes would be a class of the photos the next time.
    private func requireOutputOutside(_ photos: URL?) throws(DatasetError) {
        guard let output, let photos, output.lies(within: photos) else { return }
        throw .withinSource(output.relativePath, source: photos.relativePath)
    }

    /// Trains without validation.
    @discardableResult
    public func fit<T: Dataset>(
        _ training: DataLoader<T>, epochs: Int, file: StaticString = #fileID, line: UInt = #line
    ) throws -> History {
        try fit(training, validation: DataLoader<T>?.none, epochs: epochs, file: file, line: line)
    }

    /// Measures the model at inference; it does not change.
    public func evaluate<D: Dataset>(
        _ loader: DataLoader<D>, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Evaluation {
        try VGGKit.evaluate(
            model, on: loader, loss: loss, classes: card?.classes, averaging: averaging,
            epoch: position.epoch, file: file, line: line)
    }

    /// Runs `body` with the weights that are validated.
    func withAveragedWeights<R>(_ body: () throws -> R) rethrows -> R {
        try weightAverage?.apply(body) ?? body()
    }

    private func stepsPerEpoch<T: Dataset>(_ training: DataLoader<T>) -> Int {
        training.batchCount / batchesPerStep + (training.batchCount % batchesPerStep == 0 ? 0 : 1)
    }

    private func report(_ samples: [SkippedSample]) {
        for sample in samples where reported.insert("\(sample.error)").inserted {
            skipped.append(sample)
            if let onSkipped {
                bar?.clear()
                onSkipped(sample)
            }
        }
    }

    private var isOutOfPatience: Bool { patience.map { history.epochsSinceBest >= $0 } ?? false }

    private func trainEpoch<T: Dataset>(
        _ training: DataLoader<T>, _ interruption: Interruption
    ) throws {
        let batches = training.batches(epoch: position.epoch, from: position.step)
        if position.step == 0 { position.tally = Tally(averaging) }
        let metrics = history.epochs.map(\.metrics)
        var gradients = GradientSum()
        while let batch = try batches.next() {
            report(batch.skipped)
            let number = position.epoch * training.batchCount + position.step
            if try isTrainable(batch, of: training) {
                try backpropagate(batch, number: number, into: &gradients)
            }
            position.step += 1
            let isLast = position.step == training.batchCount
            guard isLast || position.step % batchesPerStep == 0 else { continue }
            let step = position.epoch * stepsPerEpoch(training) + (position.step - 1) / batchesPerStep
            try changeWeights(gradients, step: step, metrics)
            gradients = GradientSum()
            bar?.update(
                done: min(position.step * training.batchSize, training.count), loss: position.tally.meanLoss,
                accuracy: position.tally.accuracy)
            if interruption.isRequested {
                try requireFiniteWeights()
                throw TrainingError.interrupted(
                    epoch: position.epoch + 1, step: position.step, checkpoint: try saveLast())
            }
        }
        // Of an epoch that was resumed, the loader knows a part only.
        if position.tally.count == 0, let first = skipped.first {
            throw LoaderError.nothingRead(sampleCount: training.count, first: "\(first.error)")
        }
    }

    /// Adds the gradients of a batch to those of the step.
    private func backpropagate(_ batch: Batch, number: Int, into gradients: inout GradientSum) throws {
        var generator = RandomGenerator(seed: seed).forked(UInt64(number))
        let random = RandomSource(generator)
        let (images, share) = mixing?(batch.images, using: &generator) ?? (batch.images, 1)
        let (value, logits) = withRandomSource(random) {
            withPhase(.training) {
                let logits = model(images)
                let own = loss(logits, batch.labels)
                guard share < 1 else { return (own, logits) }
                return (own * share + loss(logits, batch.labels.rolled) * (1 - share), logits)
            }
        }
        requireBatch(logits, batch.labels, "Trainer", file: caller.file, line: caller.line)
        check(
            value.count == 1,
            "Trainer: the loss has the shape \(value.shape); it must be one number, as the mean or the sum",
            file: caller.file, line: caller.line)
        let lossValue = value.item()
        guard lossValue.isFinite else { throw error(loss: lossValue) }
        let labels = share < 0.5 ? batch.labels.rolled : batch.labels
        position.tally.add(
            loss: lossValue, ranking: Ranking(logits.detached, depth: 5), labels: labels.scalars(Int32.self))
        gradients.add(loss: lossValue, count: batch.labels.count)
        (batchesPerStep == 1 ? value : value * Float(batch.labels.count)).backward()
    }

    /// One step of the optimizer, by the gradients of its batches.
    private func changeWeights(
        _ gradients: GradientSum, step: Int, _ metrics: [EpochMetrics]
    ) throws {
        guard gradients.count > 0 else { return }
        schedule?.apply(to: optimizer, step: step, epoch: position.epoch, metrics: metrics)
        if batchesPerStep > 1 { gradients.divide(model.parameters) }
        if let maximumGradientNorm {
            clipGradients(
                model.parameters, maximumNorm: maximumGradientNorm, file: caller.file, line: caller.line)
        }
        optimizer.step()
        hasStepped = true
        optimizer.zeroGradients()
        weightAverage?.update()
        try afterStep?(
            TrainingStep(
                number: step + 1, epoch: position.epoch + 1, loss: gradients.meanLoss,
                learningRate: Decimals.shortest(optimizer.learningRate)))
    }

    private func finishEpoch(_ validated: Evaluation?) throws {
        let epoch = History.Epoch(
            number: position.epoch + 1, learningRate: Decimals.shortest(optimizer.learningRate),
            trainLoss: position.tally.meanLoss, trainAccuracy: position.tally.accuracy,
            validationLoss: validated?.loss, validationAccuracy: validated?.accuracy,
            validationTopFive: validated?.topFive)
        history.epochs.append(epoch)
        position = Position(epoch: position.epoch + 1)
        if history.best?.number == epoch.number { try withAveragedWeights { try saveBest() } }
        try saveLast()
        try writeHistory()
        try afterEpoch?(epoch)
    }
}
