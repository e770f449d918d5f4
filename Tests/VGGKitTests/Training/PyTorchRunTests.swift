// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Whole runs in the dictionaries that PyTorch's scripts save.
@Suite struct PyTorchRunTests {
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "run.pth") }

    private func trainer(_ seed: UInt64) -> Trainer<Sequential> {
        let model = withRandomSource(RandomSource(seed: seed)) {
            Sequential(Conv2d(2, 3, kernelSize: 3), BatchNorm2d(3), ReLU(), Flatten(), Linear(12, 4))
        }
        return Trainer(model, optimizer: AdamW(model.parameters, learningRate: 0.1))
    }

    private func step(_ trainer: Trainer<Sequential>, _ number: UInt64) {
        for (index, parameter) in trainer.model.parameters.enumerated() {
            parameter.gradient = Deterministic.tensor(parameter.shape, seed: 10 * number + UInt64(index))
        }
        trainer.optimizer.step()
    }

    @Test func aRunComesBackToTheSameBits() throws {
        let first = trainer(1)
        for number in UInt64(0)..<3 { step(first, number) }
        try first.exportPyTorch(to: url)
        let second = trainer(2)
        try second.resume(fromPyTorch: url, completedEpochs: 3)
        for number in UInt64(3)..<6 {
            step(first, number)
            step(second, number)
        }
        for (a, b) in zip(first.model.stateDictionary, second.model.stateDictionary) {
            #expect(a.tensor.to(.float32).floats == b.tensor.to(.float32).floats, "\(a.name)")
        }
        let value = try CheckpointValue(contentsOf: url)
        #expect(value["epoch"]?.int == 0)
        #expect(value["model"]?["4.weight"]?.tensor?.shape == [4, 12])
        #expect(value["optimizer"]?["param_groups"]?[0]?["betas"]?[1]?.float == 0.999)
    }

    @Test func aFileWithoutARunIsAnErrorAndChangesNothing() throws {
        let trainer = trainer(1)
        let before = trainer.model.stateDictionary.map { $0.tensor.to(.float32).floats }
        #expect(throws: TrainingError.self) {
            try trainer.resume(fromPyTorch: checkpointFixture("network.pth"))
        }
        #expect(throws: OptimizerStateError.self) {
            try trainer.resume(fromPyTorch: checkpointFixture("nested.pth"))
        }
        #expect(trainer.model.stateDictionary.map { $0.tensor.to(.float32).floats } == before)
    }
}
