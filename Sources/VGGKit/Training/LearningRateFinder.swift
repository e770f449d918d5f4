// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Finds a learning rate by a range test: the learning rate grows from batch to batch, from far too low to
/// far too high. The loss shows where learning is fastest, and where it diverges.
///
/// ```swift
/// let optimizer = SGD(model.parameters, learningRate: 0.1, momentum: 0.9)
/// let curve = try LearningRateFinder().run(model, optimizer: optimizer, on: training)
/// print(curve.suggestion ?? "no learning rate lowers the loss")
/// try curve.plot.write(to: URL(filePath: "learning-rate.png"))  // of VGGKitReports
/// ```
/// Afterwards the model and the optimizer are as they were before. Use the loader and the optimizer of the
/// training, with the same augmentation and batch size.
///
/// L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017.
/// https://arxiv.org/abs/1506.01186
public struct LearningRateFinder: Sendable {
    /// The first batch's learning rate.
    public var lowest: Double
    /// The last batch's learning rate.
    public var highest: Double
    /// The number of optimizer steps from the lowest to the highest learning rate. Each takes one batch, or
    /// `batchesPerStep`.
    public var batches: Int
    /// The share of the smoothed loss that each batch keeps, 0 ..< 1.
    public var smoothing = 0.98
    /// The test ends when the smoothed loss exceeds the lowest one by this factor.
    public var divergence = 4.0
    /// Seeds dropout and the mixing of batches.
    public var seed: UInt64 = 0
    /// Blends the images of each batch, as in `TrainerConfiguration`.
    public var mixing: (any BatchMixing)?
    /// The number of batches in one step of the optimizer, as in `TrainerConfiguration`.
    public var batchesPerStep = 1
    /// Whether SIGINT and SIGTERM end `run` early, as `TrainerConfiguration.stopsOnSignals` for `fit`.
    public var stopsOnSignals = false
    /// Whether and where progress is shown.
    public var progress: ProgressBar.Style = .automatic

    /// - Parameters:
    ///   - lowest: above 0, and below `highest`.
    ///   - batches: at least 2; the learning rate grows by the same factor from each to the next.
    public init(
        from lowest: Double = 1e-7, to highest: Double = 10, batches: Int = 100,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            lowest > 0 && lowest < highest && highest.isFinite,
            "LearningRateFinder: learning rates from \(lowest) to \(highest); they should be positive and rise",
            file: file, line: line)
        check(
            batches > 1, "LearningRateFinder: \(batches) batches; there should be 2 at least", file: file,
            line: line)
        self.lowest = lowest
        self.highest = highest
        self.batches = batches
    }

    /// Measures the loss over the learning rates. If the optimizer has several groups, the highest learning
    /// rate is varied, and the others keep their ratio to it.
    /// - Throws: errors of the loader; `TrainingError.noBatches`, also if no image can be read;
    ///   `TrainingError.oneValuePerChannel`; `TrainingError.interrupted` if the task is cancelled, or by a
    ///   signal
    public func run<D: Dataset>(
        _ model: some Layer, optimizer: any Optimizer, on loader: DataLoader<D>,
        loss: some Loss = CrossEntropy()
    ) throws -> LearningRateCurve {
        guard loader.batchCount > 0 else { throw TrainingError.noBatches }
        let before = TrainingState(of: model, optimizer)
        defer { before.restore() }
        let interruption = stopsOnSignals ? Interruption() : nil
        defer { interruption?.uninstall() }
        let bar = ProgressBar(
            title: "learning rates", total: batches * batchesPerStep * loader.batchSize, style: progress)
        defer { bar.finish() }
        var curve = LearningRateCurve()
        var images = EndlessBatches(loader, of: model)
        while curve.measurements.count < batches {
            let rate = self.rate(of: curve.measurements.count)
            setRates(of: optimizer, like: before.groups, to: rate)
            let value = try step(model, optimizer, &images, loss)
            curve.add(value, at: rate, smoothing: smoothing)
            bar.update(
                done: images.count * loader.batchSize, loss: curve.measurements.last!.smoothedLoss)
            if curve.hasDiverged(beyond: divergence) { break }
            if interruption?.isRequested == true || Task.isCancelled {
                throw TrainingError.interrupted(
                    epoch: images.epoch + 1, step: curve.measurements.count, checkpoint: nil)
            }
        }
        return curve
    }

    /// The learning rate of a step, counted from 0.
    func rate(of step: Int) -> Double {
        lowest * pow(highest / lowest, Double(step) / Double(batches - 1))
    }

    private func setRates(of optimizer: any Optimizer, like groups: [OptimizerGroup], to rate: Double) {
        let top = groups.map(\.learningRate).max() ?? 0
        for index in optimizer.groups.indices {
            let share = top > 0 ? Double(groups[index].learningRate / top) : 1
            optimizer.groups[index].learningRate = Float(rate * share)
        }
    }

    /// - Returns: the loss of the step's images before the step
    private func step<D: Dataset>(
        _ model: some Layer, _ optimizer: any Optimizer, _ images: inout EndlessBatches<D>, _ loss: some Loss
    ) throws -> Double {
        var gradients = GradientSum()
        for _ in 0..<batchesPerStep {
            let number = UInt64(images.count)
            let batch = try images.next()
            let value = measured(model, batch, loss, number: number)
            let batchLoss = value.item()
            guard batchLoss.isFinite else { return Double(batchLoss) }
            gradients.add(loss: Double(batchLoss), count: batch.labels.count)
            (batchesPerStep == 1 ? value : value * Float(batch.labels.count)).backward()
        }
        if batchesPerStep > 1 { gradients.divide(optimizer.groups.flatMap(\.parameters)) }
        optimizer.step()
        optimizer.zeroGradients()
        return gradients.meanLoss
    }

    private func measured(
        _ model: some Layer, _ batch: Batch, _ loss: some Loss, number: UInt64
    ) -> Tensor {
        var generator = RandomGenerator(seed: seed).forked(number)
        let random = RandomSource(generator)
        let (images, share) = mixing?(batch.images, using: &generator) ?? (batch.images, 1)
        return withRandomSource(random) {
            withPhase(.training) {
                let output = model(images)
                let own = loss(output, batch.labels)
                return share < 1 ? own * share + loss(output, batch.labels.rolled) * (1 - share) : own
            }
        }
    }
}

/// The batches that can be trained on, epoch after epoch.
private struct EndlessBatches<D: Dataset> {
    private let loader: DataLoader<D>
    private let model: any Layer
    private var batches: Batches<D>
    private(set) var epoch = 0
    /// The number of batches so far, in all and before this epoch.
    private(set) var count = 0
    private var countBefore = 0

    init(_ loader: DataLoader<D>, of model: some Layer) {
        (self.loader, self.model) = (loader, model)
        batches = loader.batches(epoch: 0)
    }

    /// - Throws: `TrainingError.noBatches` if an epoch has none; `TrainingError.oneValuePerChannel`
    mutating func next() throws -> Batch {
        while true {
            guard let batch = try batches.next() else {
                // An epoch without any batch to train on would be repeated forever.
                guard count > countBefore else { throw TrainingError.noBatches }
                countBefore = count
                epoch += 1
                batches = loader.batches(epoch: epoch)
                continue
            }
            guard try isTrainable(batch) else { continue }
            count += 1
            return batch
        }
    }

    /// Whether the batch can be trained on. One image may be too few for batch normalisation. Such a batch is
    /// the last, or the others of its images could not be read.
    private func isTrainable(_ batch: Batch) throws -> Bool {
        guard batch.labels.count == 1 else { return batch.labels.count > 0 }
        guard let layer = model.normalizationOfOneValue(batch.images) else { return true }
        guard loader.batchSize > 2 else {
            throw layer.error(batchSize: loader.batchSize, imageCount: loader.dataset.count)
        }
        return false
    }
}

/// A snapshot of everything that training steps change, to be restored.
private struct TrainingState {
    let groups: [OptimizerGroup]
    private let optimizer: any Optimizer
    private let names: [(name: String, parameter: Parameter)]
    private let moments: [(name: String, tensor: Tensor)]
    private let values: [(state: LayerContents.State, value: Tensor)]

    init(of model: some Layer, _ optimizer: any Optimizer) {
        self.optimizer = optimizer
        groups = optimizer.groups
        names = model.namedParameters
        moments = optimizer.state(named: names)
        values = LayerContents(of: model).state.map { ($0.state, $0.state.value) }
    }

    func restore() {
        for (state, value) in values {
            switch state {
            case .parameter(let parameter): parameter.value = value
            case .buffer(let buffer): buffer.value = value
            }
        }
        optimizer.groups = groups
        optimizer.zeroGradients()
        // The optimizer always accepts its own state.
        try! optimizer.restore(moments, named: names)
    }
}
