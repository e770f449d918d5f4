// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

@Suite struct LearningRateFinderTests {
    /// λ/2 · output²
    private struct Parabola: Loss {
        var curvature: Float
        func callAsFunction(_ output: Tensor, _ labels: Tensor) -> Tensor {
            (output * output).mean() * (curvature / 2)
        }
    }

    private func finder(_ batches: Int = 100) -> LearningRateFinder {
        var finder = LearningRateFinder(batches: batches)
        finder.progress = .none
        return finder
    }

    private let ones = TensorDataset(
        images: Tensor.ones([4, 1, 1, 1]), labels: Tensor([Int32](repeating: 0, count: 4)))

    /// One weight w under λ/2 · w²: a step takes it to w · (1 - rate · λ), which shrinks it up to a rate of
    /// 2/λ and makes it grow beyond.
    @Test(arguments: [Float(1), 10, 100]) func aParabolaGivesWhatItsFormulaSays(curvature: Float) throws {
        let layer = Linear(1, 1, bias: false)
        layer.weight.value = Tensor([1 as Float], shape: [1, 1])
        let model = Sequential([Flatten(), layer])
        let lowest = 1e-5 / Double(curvature)
        var finder = LearningRateFinder(from: lowest, to: 1e8 * lowest)
        finder.progress = .none
        let curve = try finder.run(
            model, optimizer: SGD(model.parameters, learningRate: 0.5),
            on: DataLoader(ones, batchSize: 4, workers: 0), loss: Parabola(curvature: curvature))
        var weight = 1.0
        for (index, measured) in curve.measurements.enumerated() {
            #expect(abs(measured.learningRate / (lowest * pow(1e8, Double(index) / 99)) - 1) < 1e-9)
            let expected = Double(curvature) / 2 * weight * weight
            #expect(abs(measured.loss - expected) <= 1e-3 * expected + 1e-12, "batch \(index)")
            weight *= 1 - Double(Float(measured.learningRate)) * Double(curvature)
        }
        let limit = 2 / Double(curvature)
        let suggestion = try #require(curve.suggestion)
        #expect(suggestion < limit && suggestion > limit / 1000)
        #expect(curve.diverged && curve.measurements.last!.learningRate > limit)
        #expect(curve.measurements.last!.learningRate < 10 * limit)
        #expect(layer.weight.value.floats == [1])
    }

    @Test func theMeanIsThatOfRecentBatches() throws {
        let layer = Linear(1, 1, bias: false)
        let model = Sequential([Flatten(), layer])
        var finder = finder(20)
        finder.smoothing = 0.9
        finder.divergence = .infinity
        let curve = try finder.run(
            model, optimizer: SGD(model.parameters, learningRate: 1),
            on: DataLoader(ones, batchSize: 4, workers: 0), loss: Parabola(curvature: 1))
        #expect(curve.measurements.count == 20 && !curve.diverged)
        for (index, measured) in curve.measurements.enumerated() {
            let weights = (0...index).map { pow(0.9, Double(index - $0)) }
            let sum = zip(weights, curve.measurements).reduce(0) { $0 + $1.0 * $1.1.loss }
            #expect(abs(measured.smoothedLoss - sum / weights.reduce(0, +)) < 1e-9 * abs(sum) + 1e-12)
        }
    }

    private func network() -> Sequential {
        withRandomSource(RandomSource(seed: 3)) {
            Sequential([
                Conv2d(3, 4, kernelSize: 3, padding: 1), BatchNorm2d(4), ReLU(), Flatten(),
                Dropout(rate: 0.5),
                Linear(4 * 8 * 8, 3),
            ])
        }
    }

    private let data = TensorDataset(
        images: Deterministic.tensor([22, 3, 8, 8], seed: 2, scale: 1),
        labels: Deterministic.labels([22], seed: 3, below: 3))

    private func values(_ model: some Layer) -> [[Float]] {
        model.stateDictionary.map { $0.tensor.to(.float32).floats }
    }

    /// A run with the test in its middle ends in the same bits as one without.
    @Test(arguments: [false, true]) func theModelAndTheOptimizerStayAsTheyWere(adam: Bool) throws {
        let loader = DataLoader(data, batchSize: 4, shuffle: true, workers: 0)
        func train(finding: Bool) throws -> [[Float]] {
            let model = network()
            let optimizer: any Optimizer =
                adam
                ? AdamW(model.parameters, learningRate: 0.01)
                : SGD(
                    groups: [
                        ParameterGroup(Array(model.parameters.prefix(4)), learningRate: 0.001),
                        ParameterGroup(Array(model.parameters.dropFirst(4))),
                    ], learningRate: 0.01, momentum: 0.9)
            for epochs in [2, 4] {
                let trainer = Trainer(model, optimizer: optimizer)
                trainer.configuration.progress = .none
                try trainer.fit(loader, epochs: epochs)
                guard finding, epochs == 2 else { continue }
                let (before, rates) = (values(model), optimizer.groups.map(\.learningRate))
                let moments = optimizer.state(named: model.namedParameters).map(\.tensor.shape)
                let curve = try finder(30).run(model, optimizer: optimizer, on: loader)
                #expect(curve.measurements.count > 10)
                let back = try JSONDecoder().decode(LearningRateCurve.self, from: JSONEncoder().encode(curve))
                #expect(back == curve)
                #expect(values(model) == before)
                #expect(optimizer.groups.map(\.learningRate) == rates)
                #expect(optimizer.state(named: model.namedParameters).map(\.tensor.shape) == moments)
                #expect(model.parameters.allSatisfy { $0.gradient == nil })
            }
            return values(model)
        }
        #expect(try train(finding: true) == train(finding: false))
    }

    @Test func anErrorOnTheWayChangesNothingEither() throws {
        struct Broken: Error {}
        struct BreaksOff: Dataset {
            let count = 40
            func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
                guard index < 20 else { throw Broken() }
                return Sample(image: Tensor.ones([3, 8, 8]), label: index % 3)
            }
        }
        let model = network()
        let before = values(model)
        #expect(throws: Broken.self) {
            try finder().run(
                model, optimizer: SGD(model.parameters, learningRate: 1),
                on: DataLoader(BreaksOff(), batchSize: 4, workers: 0))
        }
        #expect(values(model) == before)
    }

    @Test func groupsKeepTheirRatios() throws {
        final class Watcher: Dataset {
            let count = 8
            func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
                Sample(image: Tensor.ones([3, 8, 8]), label: index % 3)
            }
        }
        let model = network()
        let optimizer = SGD(
            groups: [
                ParameterGroup(Array(model.parameters.prefix(4)), learningRate: 0),
                ParameterGroup(Array(model.parameters.dropFirst(4))),
            ], learningRate: 0.01)
        let filters = model.parameters[0].value.floats
        struct Frozen: Loss {
            let filters: [Float]
            let parameter: Parameter
            func callAsFunction(_ output: Tensor, _ labels: Tensor) -> Tensor {
                #expect(parameter.value.floats == filters)
                return crossEntropy(output, labels)
            }
        }
        let curve = try finder(20).run(
            model, optimizer: optimizer, on: DataLoader(Watcher(), batchSize: 4, workers: 0),
            loss: Frozen(filters: filters, parameter: model.parameters[0]))
        #expect(curve.measurements[0].learningRate == 1e-7)
        #expect(Set(curve.measurements.map(\.loss)).count > 5)
    }

    /// 9 images in batches of 8: the last is alone, and batch normalisation has one value a channel of it.
    @Test func anImageThatIsAloneWaits() throws {
        let model = Sequential([
            Conv2d(3, 4, kernelSize: 8), BatchNorm2d(4), ReLU(), Flatten(), Linear(4, 3),
        ])
        func loader(_ count: Int, _ batchSize: Int) -> DataLoader<Subset<TensorDataset>> {
            DataLoader(Subset(data, indices: Array(0..<count)), batchSize: batchSize, workers: 0)
        }
        let optimizer = SGD(model.parameters, learningRate: 1)
        let curve = try finder(10).run(model, optimizer: optimizer, on: loader(9, 8))
        #expect(curve.measurements.count == 10)
        for (count, batchSize) in [(9, 1), (1, 8)] {
            #expect(throws: TrainingError.self) {
                try finder(10).run(model, optimizer: optimizer, on: loader(count, batchSize))
            }
        }
    }

    @Test func withoutBatchesThereIsNothingToMeasure() {
        let model = network()
        let none = TensorDataset(
            images: Tensor.zeros([0, 3, 8, 8]), labels: Tensor([Int32](), shape: [0]))
        #expect(throws: TrainingError.self) {
            try finder().run(
                model, optimizer: SGD(model.parameters, learningRate: 1), on: DataLoader(none, batchSize: 4))
        }
    }
}
