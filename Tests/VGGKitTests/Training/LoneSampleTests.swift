// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Batches of one image before batch normalisation of maps of one pixel.
@Suite struct LoneSampleTests {
    /// Its second normalisation sees one value a channel of an image of 4×4.
    private func model() -> Sequential {
        withRandomSource(RandomSource(seed: 4)) {
            Sequential(
                Conv2d(3, 4, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(4), ReLU(),
                Conv2d(4, 5, kernelSize: 4, bias: false), BatchNorm2d(5), ReLU(), Flatten(), Linear(5, 2))
        }
    }

    private func data(_ count: Int, side: Int = 4) -> TensorDataset {
        TensorDataset(
            images: Deterministic.tensor([count, 3, side, side], seed: 8, scale: 1),
            labels: Deterministic.labels([count], seed: 9, below: 2))
    }

    private func trainer(_ model: Sequential) -> Trainer<Sequential> {
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.01))
        trainer.configuration.progress = .none
        return trainer
    }

    /// How many images each batch of an epoch of training had.
    private func batchSizes(_ data: some Dataset, _ batchSize: Int) throws -> [Int] {
        let recorder = Recorder()
        try trainer(Sequential(Spy(recorder: recorder), model()))
            .fit(DataLoader(data, batchSize: batchSize, workers: 0), epochs: 1)
        return recorder.sizes
    }

    private final class Recorder: @unchecked Sendable {
        // Only the one task of the test uses it.
        var sizes: [Int] = []
    }

    /// Notes the sizes of the batches that are trained on.
    private struct Spy: Layer {
        let recorder: Recorder

        func callAsFunction(_ input: Tensor) -> Tensor {
            if Phase.current == .training { recorder.sizes.append(input.shape[0]) }
            return input
        }
    }

    @Test(arguments: [
        (17, 16, [15, 2]), (9, 4, [4, 3, 2]), (18, 16, [16, 2]), (16, 16, [16]), (7, 3, [3, 2, 2]),
    ])
    func theLastBatchIsNeverOneImage(_ count: Int, _ batchSize: Int, _ sizes: [Int]) throws {
        #expect(try batchSizes(data(count), batchSize) == sizes)
    }

    /// Of which some cannot be read.
    private struct Damaged: Dataset {
        let whole: TensorDataset
        let unreadable: Set<Int>
        var count: Int { whole.count }
        var skipsUnreadable: Bool { true }

        func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
            guard !unreadable.contains(index) else {
                throw ImageError.notAnImage(source: "\(index).jpg", beginsWith: [])
            }
            return whole.sample(at: index, using: &generator)
        }
    }

    @Test func whatUnreadableImagesLeaveAloneWaits() throws {
        let data = Damaged(whole: data(9), unreadable: [0, 3, 4])
        #expect(try batchSizes(data, 3) == [2, 3])
        #expect(throws: TrainingError.self) { try batchSizes(data, 2) }
    }

    @Test func everyImageIsSeenOnce() throws {
        let loader = try #require(
            DataLoader(data(17), batchSize: 16, shuffle: true, seed: 3, workers: 2).sharedLastBatch)
        let plain = DataLoader(data(17), batchSize: 16, shuffle: true, seed: 3, workers: 2)
        func samples(_ loader: DataLoader<TensorDataset>) throws -> [[Int]] {
            let batches = loader.batches(epoch: 1)
            var found: [[Int]] = []
            while let batch = try batches.next() { found.append(batch.indices) }
            return found
        }
        let (shared, whole) = try (samples(loader), samples(plain))
        #expect(shared.map(\.count) == [15, 2] && whole.map(\.count) == [16, 1])
        #expect(shared.flatMap(\.self) == whole.flatMap(\.self))
        #expect(loader.batchCount == plain.batchCount)
        let resumed = loader.batches(epoch: 1, from: 1)
        #expect(try resumed.next()?.indices == shared[1])
    }

    @Test(arguments: [(1, 16), (3, 2), (5, 1)])
    func whereNoBatchIsLargeEnoughTheRunDoesNotBegin(_ count: Int, _ batchSize: Int) throws {
        let model = model()
        func values() -> [[Float]] { model.stateDictionary.map { $0.tensor.to(.float32).floats } }
        let before = values()
        let error = try #require(throws: TrainingError.self) {
            try trainer(model).fit(DataLoader(data(count), batchSize: batchSize), epochs: 1)
        }
        let text = "\(error)"
        #expect(
            text.contains("4 would normalise one value") && text.contains("[1, 5, 1, 1]")
                && text.contains(count == 1 ? "there is one image" : "batch size is \(batchSize)"), "\(text)")
        #expect(values() == before)
    }

    @Test func whatNeedsNoBatchIsTrainedOnOneImage() throws {
        // Frozen, it normalises by the running statistics.
        let model = model()
        for index in [1, 4] {
            for parameter in model[index].parameters { parameter.isTrainable = false }
        }
        try trainer(model).fit(DataLoader(data(5), batchSize: 1), epochs: 1)
        // Without the layer whose map has one pixel.
        let shallow = Sequential(
            Conv2d(3, 4, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(4), ReLU(), Flatten(),
            Linear(64, 2))
        let history = try trainer(shallow).fit(DataLoader(data(3), batchSize: 2), epochs: 2)
        #expect(history.epochs.count == 2)
    }
}
