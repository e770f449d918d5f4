// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Training and prediction on a GPU.
@Suite(.enabled(if: TestGPU.isPresent)) struct DeviceTrainingTests {
    private let scratch = TemporaryFolder()
    private static let network = VGG.Configuration(
        column: [8, .maxPool, 16, .maxPool], batchNormalization: true, classCount: 3, pooledSize: 2,
        hiddenUnits: [16])
    private static let loader = DataLoader(
        TensorDataset(
            images: Deterministic.tensor([12, 3, 16, 16], seed: 1),
            labels: Deterministic.labels([12], seed: 2, below: 3)), batchSize: 4, shuffle: true, workers: 0)

    private func trainer(_ device: Device?, output: URL? = nil) -> Trainer<VGG> {
        Self.trainer(device, output: output)
    }

    private static func trainer(_ device: Device?, output: URL? = nil) -> Trainer<VGG> {
        let model = withRandomSource(RandomSource(seed: 3)) { VGG(network) }
        let card = ModelCard(
            network: network, classes: ["a", "b", "c"], imageSize: 16, normalization: .imageNet)
        return Trainer(
            model, optimizer: AdamW(model.parameters, learningRate: 1e-2),
            configuration: .init(
                card: card, output: output, device: device, seed: 4, maximumGradientNorm: 1,
                averageDecay: 0.5,
                progress: .none))
    }

    @Test func aRunIsThatOfTheProcessor() throws {
        let (cpu, gpu) = (trainer(.cpu), trainer(try TestGPU.device))
        let expected = try cpu.fit(Self.loader, validation: Self.loader, epochs: 3)
        let history = try gpu.fit(Self.loader, validation: Self.loader, epochs: 3)
        for (a, b) in zip(expected.epochs, history.epochs) {
            #expect(
                abs(a.trainLoss - b.trainLoss) < 1e-4 && abs(a.validationLoss! - b.validationLoss!) < 1e-3)
        }
    }

    /// A run that was stopped goes on from its checkpoint to the same bits.
    @Test func aResumedRunEndsInTheSameBits() throws {
        let device = try TestGPU.device
        let whole = trainer(device)
        try whole.fit(Self.loader, epochs: 3)
        let stopped = trainer(device, output: scratch.url)
        struct Enough: Error {}
        stopped.callbacks.afterEpoch { if $0.number == 2 { throw Enough() } }
        #expect(throws: Enough.self) { try stopped.fit(Self.loader, epochs: 3) }
        let resumed = trainer(device, output: scratch.url)
        try resumed.resume(from: RunFolder(scratch.url).last)
        try resumed.fit(Self.loader, epochs: 3)
        #expect(resumed.model.parameters.map(\.value.floats) == whole.model.parameters.map(\.value.floats))
    }

    @Test func aRunOfAGPUIsOpenedOnTheProcessor() throws {
        let trainer = trainer(try TestGPU.device, output: scratch.url)
        try trainer.fit(Self.loader, validation: Self.loader, epochs: 1)
        let classifier = try ImageClassifier(contentsOf: RunFolder(scratch.url).last)
        let images = Deterministic.tensor([2, 3, 16, 16], seed: 5)
        func logits() -> [Float] {
            withPhase(.inference) { withoutRecording { classifier.model(images) } }.floats
        }
        let device = try TestGPU.device
        let (cpu, gpu) = (withDevice(.cpu, logits), withDevice(device, logits))
        #expect(zip(cpu, gpu).allSatisfy { abs($0 - $1) < 1e-4 })
        // What was prepared for one device is not used on the other.
        #expect(withDevice(.cpu, logits) == cpu && withDevice(device, logits) == gpu)
    }

    /// A GPU that fails in the middle of a run ends it with an error that names the last checkpoint, from
    /// which it can be continued.
    @Test(.enabled(if: TestGPU.isFake)) func aRunOnAGPUThatFailsKeepsItsCheckpoint() async throws {
        let folder = scratch.url.path
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            let output = URL(filePath: folder)
            let trainer = DeviceTrainingTests.trainer(try Device.cuda(), output: output)
            trainer.callbacks.afterStep { if $0.number == 4 { setenv("FAKE_CUDA_LAUNCHES", "1", 1) } }
            let last = RunFolder(output).last
            var message = ""
            do {
                try trainer.fit(DeviceTrainingTests.loader, epochs: 3)
            } catch let error as TrainingError {
                if case .deviceFailed(_, 2, 2, last) = error { message = "\(error)" }
            }
            let isNamed = message.hasSuffix(
                " (step 2 of epoch 2). The run can be continued from \(last.relativePath)")
            #expect(isNamed, "\(message)")
            let saved = try History(checkpoint: last)
            #expect(saved?.epochs.count == 1)
            try withDevice(.cpu) {
                let resumed = DeviceTrainingTests.trainer(nil, output: output)
                try resumed.resume(from: last)
                let history = try resumed.fit(DeviceTrainingTests.loader, epochs: 2)
                #expect(history.epochs.count == 2)
            }
        }
    }

    @Test(arguments: ["squeezenet1_1", "resnet18", "googlenet"]) func networksOfTheZooRun(name: String) throws
    {
        let network = try #require(Zoo.network(named: name, classCount: 4))
        let images = Deterministic.tensor([1, 3, 64, 64], seed: 6)
        func logits() -> [Float] {
            let model = withRandomSource(RandomSource(seed: 7)) { network.makeModel() }
            return withPhase(.inference) { withoutRecording { model(images) } }.floats
        }
        let (cpu, gpu) = (withDevice(.cpu, logits), withDevice(try TestGPU.device, logits))
        let scale = cpu.map(abs).max()!
        #expect(zip(cpu, gpu).allSatisfy { abs($0 - $1) < 1e-4 * scale })
    }
}
