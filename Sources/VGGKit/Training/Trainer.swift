// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// Trains a classifier: epochs over a loader, validation, history, and checkpoints from which a killed run
/// can be resumed.
///
/// ```swift
/// let trainer = Trainer(
///     model, optimizer: SGD(model.parameters, learningRate: 0.02, momentum: 0.9),
///     configuration: .init(output: URL(filePath: "runs/first")))
/// let history = try trainer.fit(training, validation: validation, epochs: 20)
/// ```
/// The loop can also be written by hand: `Trainer` only uses `model`, `optimizer`, `loss` and the loaders.
/// Runs with the same seed are equal bit for bit, even if one was stopped at any point and resumed.
public final class Trainer<Model: Layer> {
    /// How a run trains, what it writes and where.
    public typealias Configuration = TrainerConfiguration

    /// The model that is trained. Its parameters change while `fit` runs.
    public let model: Model
    /// The optimizer, which updates the model's parameters in each step.
    public let optimizer: any Optimizer
    /// The loss that training minimises: one number for a batch.
    public let loss: any Loss
    /// The schedule, which sets the learning rates before each step; nil leaves them unchanged.
    public let schedule: (any Schedule)?

    /// How it trains and what it writes. Changes take effect in the next call of `fit`.
    public var configuration: Configuration
    /// The functions that are called while it trains.
    public var callbacks = TrainerCallbacks()

    /// The measurements of each complete epoch, including those before the run was resumed.
    public internal(set) var history = History()
    /// The moving average of the weights (EMA), if the configuration asks for one.
    public internal(set) var weightAverage: WeightAverage?
    /// The folder of the run that this trainer has started, or the checkpoint that it has resumed.
    var ownRun: URL?
    /// The configuration at the start of the call of `fit` that is running.
    private var running: Configuration?
    var settings: Configuration { running ?? configuration }
    /// The position of the next step in the run.
    package internal(set) var position = Position()
    /// Whether this trainer has changed the weights.
    private(set) var hasStepped = false
    /// Whether an epoch is being validated.
    package private(set) var isValidating = false
    /// Whether the running statistics of this epoch are those of all ranks.
    var isJoined = false
    /// Whether batches of one image can be trained on, as far as it was checked.
    var loneImage: LoneImage?
    /// The samples that could not be read and were skipped, each once, with their errors.
    public private(set) var skipped: [SkippedSample] = []
    /// The errors that have been reported already.
    private var reported: Set<String> = []
    /// Skipped samples that other ranks have not been told of.
    var untold: [SkippedSample] = []
    /// Where `fit` was called.
    private var caller: (file: StaticString, line: UInt) = (#fileID, #line)
    /// What ends the run, besides signals.
    package var isCancelled: () -> Bool = { Task.isCancelled }
    /// The progress bar of the current epoch.
    private var bar: ProgressBar?
    var ranks: Ranks { Ranks(settings.communicator) }
    /// The gradients of all ranks of the call of `fit` that is running.
    var reduction: GradientReduction?

    /// A position between two steps of a run.
    package struct Position: Codable, Equatable {
        /// The epoch, counted from 0.
        package var epoch = 0
        package var step = 0
        /// The losses and hits of this epoch's steps so far.
        var tally = Tally()
    }

    /// - Parameters:
    ///   - optimizer: made with the parameters that are to be trained
    ///   - schedule: nil for constant learning rates
    ///   - loss: gives one number for a batch
    public init(
        _ model: Model, optimizer: any Optimizer, schedule: (any Schedule)? = nil,
        loss: any Loss = CrossEntropy(), configuration: Configuration = Configuration()
    ) {
        self.model = model
        self.optimizer = optimizer
        self.schedule = schedule
        self.loss = loss
        self.configuration = configuration
    }

    /// Whether this process is the one of its ranks that prints and writes files, or is alone.
    public var isFirstRank: Bool { ranks.isFirst }

    /// Trains until `epochs` epochs are complete, including those before the run was resumed.
    ///
    /// Cancelling the task ends the run after the current step, or batch of the validation, and a checkpoint.
    /// So do SIGINT and SIGTERM, if the configuration says so. The error is `TrainingError.interrupted` in
    /// both cases, because it names the checkpoint. If the last batch would be a single image, and the model
    /// cannot be trained on one (batch normalisation of maps of one pixel), the batch before gives it a
    /// second image.
    /// - Throws: `TrainingError`, also if the output folder holds a run that was not resumed; errors of the
    ///   loaders; `DatasetError.withinSource` if the output folder lies among the photos; `CheckpointError`
    ///   and `FileError` if a checkpoint cannot be written, which leaves the previous one unchanged. If a GPU
    ///   fails, `TrainingError.deviceFailed` names the last checkpoint.
    @discardableResult
    public func fit<T: Dataset, V: Dataset>(
        _ training: DataLoader<T>, validation: DataLoader<V>?, epochs: Int, file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> History {
        running = configuration
        defer { (running, reduction) = (nil, nil) }
        return try withDevice(settings.device ?? .current) {
            do {
                return try Device.throwingFailures {
                    try run(training, validation: validation, epochs: epochs, file: file, line: line)
                }
            } catch let error as DeviceError {
                throw TrainingError.deviceFailed(
                    error, epoch: position.epoch + 1, step: position.step + 1, checkpoint: existingCheckpoint)
            }
        }
    }

    private func run<T: Dataset, V: Dataset>(
        _ training: DataLoader<T>, validation: DataLoader<V>?, epochs: Int, file: StaticString, line: UInt
    ) throws -> History {
        let training =
            ranks.size > 1 ? training.divided(among: ranks.size, rank: ranks.rank) : training
        guard training.batchCount > 0 else { throw TrainingError.noBatches }
        try requireOutputOutside(training.dataset.sourceFolder)
        try requireOutputOutside(validation?.dataset.sourceFolder)
        check(
            settings.batchesPerStep > 0,
            "Trainer: batches per step \(settings.batchesPerStep) must be positive", file: file,
            line: line)
        caller = (file, line)
        let even = try ranks.together { try evened(training) }
        try startTogether(training, validation, epochs: epochs)
        prepareAverage(file: file, line: line)
        let interruption = settings.stopsOnSignals ? Interruption() : nil
        defer { interruption?.uninstall() }
        while position.epoch < epochs, !isOutOfPatience {
            try ranks.together { for callback in callbacks.atEpochBegin { try callback(position.epoch) } }
            reduction?.setParameters(trainedParameters)
            let bar = ProgressBar(
                title: "epoch \(position.epoch + 1)/\(epochs)", total: training.count,
                done: position.step * training.sharedBatchSize,
                style: ranks.isFirst ? settings.progress : .none)
            self.bar = bar
            // An error message needs its own line.
            defer { bar.finish() }
            try trainEpoch(even, interruption)
            try bringRanksTogether()
            let validated = try validation.map { validation in
                bar.beginValidation()
                isValidating = true
                defer { isValidating = false }
                return try validate(validation, interruption, file: file, line: line)
            }
            report(validated?.skipped ?? [])
            try ranks.together { try requireFiniteWeights() }
            if let loss = validated?.loss, !loss.isFinite {
                throw TrainingError.validationLossNotFinite(
                    loss: loss, epoch: position.epoch + 1, checkpoint: existingCheckpoint)
            }
            bar.finish(validationLoss: validated?.loss, validationAccuracy: validated?.accuracy)
            try finishEpoch(validated)
            // What was asked for while the epoch was validated.
            if position.epoch < epochs, try ranks.any(isStopped(interruption)) {
                throw TrainingError.interrupted(
                    epoch: position.epoch, step: training.batchCount, checkpoint: existingCheckpoint)
            }
        }
        try ranks.first { try writeHistory() }
        return history
    }

    /// Measures the weights that this epoch's training ended with. If the run is stopped, it is saved at the
    /// epoch's end, so that it goes on with the validation.
    private func validate<V: Dataset>(
        _ validation: DataLoader<V>, _ interruption: Interruption?, file: StaticString, line: UInt
    ) throws -> Evaluation {
        do {
            return try withAveragedWeights {
                try VGGKit.evaluate(
                    model, on: validation, loss: loss, classes: settings.card?.classes,
                    averaging: settings.averaging, epoch: position.epoch, ranks: ranks,
                    isStopped: { isStopped(interruption) }, file: file, line: line)
            }
        } catch is CancellationError {
            throw try interrupted()
        }
    }

    /// Saves the run where it is.
    /// - Returns: the error that ends it
    private func interrupted() throws -> TrainingError {
        try ranks.together { try requireFiniteWeights() }
        try saveLast()
        return .interrupted(epoch: position.epoch + 1, step: position.step, checkpoint: run?.last)
    }

    /// Throws if the output folder lies among the photos: its files would be a class in the next run.
    private func requireOutputOutside(_ photos: URL?) throws(DatasetError) {
        guard let output = settings.output, let photos, output.lies(within: photos) else { return }
        throw .withinSource(output.relativePath, source: photos.relativePath)
    }

    /// Trains without validation.
    @discardableResult
    public func fit<T: Dataset>(
        _ training: DataLoader<T>, epochs: Int, file: StaticString = #fileID, line: UInt = #line
    ) throws -> History {
        try fit(training, validation: DataLoader<T>?.none, epochs: epochs, file: file, line: line)
    }

    /// Measures the model at inference; it does not change. With a communicator all ranks call it, and each
    /// evaluates a part.
    public func evaluate<D: Dataset>(
        _ loader: DataLoader<D>, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Evaluation {
        try VGGKit.evaluate(
            model, on: loader, loss: loss, classes: settings.card?.classes,
            averaging: settings.averaging, epoch: position.epoch, communicator: settings.communicator,
            file: file, line: line)
    }

    /// The average starts from the weights at the beginning of training.
    private func prepareAverage(file: StaticString, line: UInt) {
        guard weightAverage?.decay != settings.averageDecay else { return }
        weightAverage = settings.averageDecay.map {
            WeightAverage(of: model, decay: $0, file: file, line: line)
        }
    }

    /// Runs `body` with the weights for validation: the averaged ones, if there is an average.
    func withAveragedWeights<R>(_ body: () throws -> R) rethrows -> R {
        try weightAverage?.apply(body) ?? body()
    }

    private func stepsPerEpoch<T: Dataset>(_ training: DataLoader<T>) -> Int {
        training.batchCount / settings.batchesPerStep
            + (training.batchCount % settings.batchesPerStep == 0 ? 0 : 1)
    }

    func report(_ samples: [SkippedSample]) {
        for sample in samples where reported.insert("\(sample.error)").inserted {
            skipped.append(sample)
            untold.append(sample)
            if !callbacks.atSkippedSample.isEmpty { bar?.clear() }
            for callback in callbacks.atSkippedSample { callback(sample) }
        }
    }

    private var isOutOfPatience: Bool {
        settings.patience.map { history.epochsSinceBest >= $0 } ?? false
    }

    private func isStopped(_ interruption: Interruption?) -> Bool {
        interruption?.isRequested == true || isCancelled()
    }

    private func trainEpoch<T: Dataset>(
        _ training: DataLoader<T>, _ interruption: Interruption?
    ) throws {
        let batches = training.batches(epoch: position.epoch, from: position.step)
        if position.step == 0 { position.tally = Tally(settings.averaging) }
        let metrics = history.epochs.map(\.metrics)
        var gradients = GradientSum()
        var isStopped = false
        while position.step < training.batchCount {
            let isLast = position.step + 1 == training.batchCount
            let endsStep = isLast || (position.step + 1) % settings.batchesPerStep == 0
            let number = position.epoch * training.batchCount + position.step
            let reduction = endsStep ? self.reduction : nil
            reduction?.begin(scale: settings.batchesPerStep == 1 ? 0 : 1)
            isJoined = false
            let own = Result {
                guard let batch = try nextTrainable(batches, of: training) else { return BatchMetrics() }
                return try withSharedStatistics(batch) { try backpropagate(batch, number: number, reduction) }
            }
            let measured: BatchMetrics
            do {
                let exchanged = try ranks.exchange(own, isStopped: self.isStopped(interruption))
                measured = exchanged.metrics
                isStopped = exchanged.isStopped || isStopped
            } catch {
                // The other ranks are adding gradients.
                try? reduction?.finish(dividingBy: 0)
                throw error
            }
            position.tally.add(measured)
            gradients.add(measured)
            position.step += 1
            guard endsStep else { continue }
            try reduction?.finish(dividingBy: Float(gradients.count))
            let step =
                position.epoch * stepsPerEpoch(training) + (position.step - 1) / settings.batchesPerStep
            try changeWeights(gradients, step: step, metrics)
            gradients = GradientSum()
            bar?.update(
                done: min(position.step * training.sharedBatchSize, training.count),
                loss: position.tally.meanLoss, accuracy: position.tally.accuracy)
            // Ranks have agreed on it before the callbacks.
            if isStopped || ranks.size == 1 && self.isStopped(interruption) { throw try interrupted() }
        }
        try gatherSkipped()
        // In a resumed epoch, the loader has read only a part of the samples.
        if position.tally.count == 0, let first = skipped.first {
            throw LoaderError.nothingRead(sampleCount: training.count, first: "\(first.error)")
        }
    }

    /// Adds the gradients of a batch to those of the step.
    /// - Parameter reduction: what adds the gradients of all ranks, if this batch ends the step
    private func backpropagate(
        _ batch: Batch, number: Int, _ reduction: GradientReduction?
    ) throws -> BatchMetrics {
        var generator = RandomGenerator(seed: settings.seed).forked(UInt64(number))
        let random = RandomSource(generator, firstSample: batch.firstPosition)
        let mixing = batch.labels.count > 0 ? settings.mixing : nil
        let (images, share) = mixing?(batch.images, using: &generator) ?? (batch.images, 1)
        let (value, logits) = withRandomSource(random) {
            withPhase(.training) {
                let logits = model(images)
                // Without images, there is something to do only for the ranks that have some.
                guard batch.labels.count > 0 else { return (logits.sum(), logits) }
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
        // Numbers are read when all of the work has been given to the device, which reading waits for.
        if settings.batchesPerStep == 1 {
            reduction?.scale = Float(batch.labels.count)
            value.backward(atGradient: reduction?.add)
        } else {
            (value * Float(batch.labels.count)).backward(atGradient: reduction?.add)
        }
        let ranking = Ranking(logits.detached, depth: 5)
        let lossValue = value.item()
        guard lossValue.isFinite else { throw error(loss: lossValue) }
        let labels = share < 0.5 ? batch.labels.rolled : batch.labels
        return BatchMetrics(loss: lossValue, ranking: ranking, labels: labels.scalars(Int32.self))
    }

    /// One step of the optimizer, by the gradients of its batches.
    private func changeWeights(
        _ gradients: GradientSum, step: Int, _ metrics: [EpochMetrics]
    ) throws {
        guard gradients.count > 0 else { return }
        schedule?.apply(to: optimizer, step: step, epoch: position.epoch, metrics: metrics)
        // The gradients of several ranks are divided when they are added.
        if settings.batchesPerStep > 1, reduction == nil { gradients.divide(model.parameters) }
        if let maximumGradientNorm = settings.maximumGradientNorm {
            clipGradients(
                model.parameters, maximumNorm: maximumGradientNorm, file: caller.file, line: caller.line)
        }
        optimizer.step()
        hasStepped = true
        optimizer.zeroGradients()
        weightAverage?.update()
        let made = TrainingStep(
            number: step + 1, epoch: position.epoch + 1, loss: gradients.meanLoss,
            learningRate: Decimals.shortest(optimizer.learningRate))
        try ranks.together { for callback in callbacks.atStepEnd { try callback(made) } }
    }

    private func finishEpoch(_ validated: Evaluation?) throws {
        let epoch = History.Epoch(
            number: position.epoch + 1, learningRate: Decimals.shortest(optimizer.learningRate),
            trainLoss: position.tally.meanLoss, trainAccuracy: position.tally.accuracy,
            validationLoss: validated?.loss, validationAccuracy: validated?.accuracy,
            validationTopFive: validated?.topFive)
        history.epochs.append(epoch)
        position = Position(epoch: position.epoch + 1)
        try ranks.first {
            if history.best?.number == epoch.number { try withAveragedWeights { try saveBest() } }
        }
        try saveLast()
        try ranks.first { try writeHistory() }
        try ranks.together { for callback in callbacks.atEpochEnd { try callback(epoch) } }
    }
}
