// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Finds a learning rate by a range test: the rate grows from batch to batch, from far too low to far too high, and the
/// loss of each batch tells where learning is fastest and where it breaks.
///
/// ```swift
/// let optimizer = SGD(model.parameters, learningRate: 0.1, momentum: 0.9)
/// let curve = try LearningRateFinder().run(model, optimizer: optimizer, on: training)
/// print(curve.suggestion ?? "no rate lowers the loss")
/// try curve.plot.write(to: URL(filePath: "learning-rate.png"))
/// ```
/// The model and the optimizer are afterwards as they were before. Take for `loader` what the model will be trained on,
/// with its augmentation and batch size, and for the optimizer the one that will train it.
///
/// L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017. https://arxiv.org/abs/1506.01186
public struct LearningRateFinder: Sendable {
    /// The first batch's learning rate.
    public var lowest: Double
    /// The last batch's.
    public var highest: Double
    /// How many batches there are between; each is one step of the optimizer.
    public var batches: Int
    /// How much of the smoothed loss a batch keeps, 0 ..< 1.
    public var smoothing = 0.98
    /// The test ends when the smoothed loss is so many times the lowest.
    public var divergence = 4.0
    /// Seeds dropout and the mixing of batches.
    public var seed: UInt64 = 0
    /// Blends the images of each batch, as the trainer's.
    public var mixing: (any BatchMixing)?
    /// Whether and where progress is shown.
    public var progress: ProgressBar.Style = .automatic

    /// - Parameters:
    ///   - lowest: above 0, and below `highest`.
    ///   - batches: 2 at least; rates grow by the same factor from each to the next.
    public init(
        from lowest: Double = 1e-7, to highest: Double = 10, batches: Int = 100,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            lowest > 0 && lowest < highest && highest.isFinite,
            "LearningRateFinder: rates from \(lowest) to \(highest); they should be positive and rise",
            file: file, line: line)
        check(
            batches > 1, "LearningRateFinder: \(batches) batches; there should be 2 at least", file: file,
            line: line)
        self.lowest = lowest
        self.highest = highest
        self.batches = batches
    }

    /// Measures the loss over the rates. Of an optimizer's groups the highest rate is the one that is tried; the others
    /// keep their ratio to it.
    /// - Throws: what the loader throws; `TrainingError.noBatches`, also where no image can be read;
    ///   `TrainingError.oneValuePerChannel`; `TrainingError.interrupted` after a Ctrl-C
    public func run<D: Dataset>(
        _ model: some Layer, optimizer: any Optimizer, on loader: DataLoader<D>,
        loss: some Loss = CrossEntropy()
    ) throws -> LearningRateCurve {
        guard loader.batchCount > 0 else { throw TrainingError.noBatches }
        let before = TrainingState(of: model, optimizer)
        defer { before.restore() }
        let interruption = Interruption()
        defer { interruption.uninstall() }
        let bar = ProgressBar(title: "learning rates", total: batches * loader.batchSize, style: progress)
        defer { bar.finish() }
        var curve = LearningRateCurve()
        var (epoch, images) = (0, loader.batches(epoch: 0))
        var countBefore = 0
        while curve.measurements.count < batches {
            guard let batch = try images.next() else {
                // An epoch without a batch to train on would be followed by others.
                guard curve.measurements.count > countBefore else { throw TrainingError.noBatches }
                countBefore = curve.measurements.count
                epoch += 1
                images = loader.batches(epoch: epoch)
                continue
            }
            guard try isTrainable(batch, model, batchSize: loader.batchSize) else { continue }
            let rate = self.rate(of: curve.measurements.count)
            setRates(of: optimizer, like: before.groups, to: rate)
            let value = step(model, optimizer, batch, loss, number: curve.measurements.count)
            curve.add(value, at: rate, smoothing: smoothing)
            bar.update(
                done: curve.measurements.count * loader.batchSize, loss: curve.measurements.last!.smoothedLoss
            )
            if curve.hasDiverged(beyond: divergence) { break }
            if interruption.isRequested {
                throw TrainingError.interrupted(
                    epoch: epoch + 1, step: curve.measurements.count, checkpoint: nil)
            }
        }
        return curve
    }

    /// One image may be too little for batch normalisation; of a larger batch it is what could be read, or the last.
    /// - Throws: `TrainingError.oneValuePerChannel`
    private func isTrainable(_ batch: Batch, _ model: some Layer, batchSize: Int) throws -> Bool {
        guard batch.labels.count == 1 else { return batch.labels.count > 0 }
        guard let layer = model.normalizationOfOneValue(batch.images) else { return true }
        guard batchSize > 2 else { throw layer.error(batchSize: batchSize) }
        return false
    }

    /// The learning rate of a batch, counted from 0.
    func rate(of batch: Int) -> Double {
        lowest * pow(highest / lowest, Double(batch) / Double(batches - 1))
    }

    private func setRates(of optimizer: any Optimizer, like groups: [OptimizerGroup], to rate: Double) {
        let top = groups.map(\.learningRate).max() ?? 0
        for index in optimizer.groups.indices {
            let share = top > 0 ? Double(groups[index].learningRate / top) : 1
            optimizer.groups[index].learningRate = Float(rate * share)
        }
    }

    /// - Returns: the batch's loss before the step
    private func step(
        _ model: some Layer, _ optimizer: any Optimizer, _ batch: Batch, _ loss: some Loss, number: Int
    ) -> Double {
        var generator = RandomGenerator(seed: seed).forked(UInt64(number))
        let random = RandomSource(generator)
        let (images, share) = mixing?(batch.images, using: &generator) ?? (batch.images, 1)
        let value = withRandomSource(random) {
            withPhase(.training) {
                let output = model(images)
                let own = loss(output, batch.labels)
                return share < 1 ? own * share + loss(output, batch.labels.rolled) * (1 - share) : own
            }
        }
        let number = Double(value.item())
        guard number.isFinite else { return number }
        value.backward()
        optimizer.step()
        optimizer.zeroGradients()
        return number
    }
}

/// Everything that a step of training changes, to be put back.
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
        // What the optimizer gave it takes back.
        try! optimizer.restore(moments, named: names)
    }
}
