// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import VGGKit

private let logits = Tensor.zeros([2, 3])
private let labels = Tensor.zeros([2], .int32)

private func loader(label: Int32 = 0) -> DataLoader<TensorDataset> {
    let labels = Tensor([label, label])
    return DataLoader(
        TensorDataset(images: Tensor.zeros([2, 4]), labels: labels), batchSize: 2, workers: 0)
}

/// A model of one weight whose output has the shape that it is told.
private struct Shaped: Layer {
    var shape: [Int]
    var weight = Parameter(Tensor(1))
    func callAsFunction(_ input: Tensor) -> Tensor { Tensor.zeros(shape) * weight.tensor }
}

/// A loss that takes anything.
private struct AnyLoss: Loss {
    func callAsFunction(_ output: Tensor, _ labels: Tensor) -> Tensor { output.sum() }
}

private func trainer(_ shape: [Int], loss: any Loss = AnyLoss()) -> Trainer<Shaped> {
    let model = Shaped(shape: shape)
    let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.1), loss: loss)
    trainer.configuration.progress = .none
    return trainer
}

let trainingTraps: [Trap] = [
    Trap("topKAccuracy: takes logits [N, classes] and labels [N], not [2, 3] and [3]") {
        _ = topKAccuracy(logits, Tensor.zeros([3], .int32))
    },
    Trap("topKAccuracy: takes int32 elements, these are float32; convert with to(.int32)") {
        _ = topKAccuracy(logits, Tensor.zeros([2]))
    },
    Trap("topKAccuracy: k 0 must be positive") { _ = topKAccuracy(logits, labels, k: 0) },
    Trap("evaluate: takes logits [N, classes] and labels [N], not [2] and [2]") {
        _ = try evaluate(Shaped(shape: [2]), on: loader(), loss: AnyLoss())
    },
    Trap("evaluate: label -100 is outside 0..<3") {
        _ = try evaluate(Shaped(shape: [2, 3]), on: loader(label: -100))
    },
    Trap("evaluate: label 2 is outside 0..<2") {
        _ = try evaluate(Shaped(shape: [2, 3]), on: loader(label: 2), classes: ["a", "b"])
    },
    Trap("Trainer: batches per step 0 must be positive") {
        let trainer = trainer([2, 3])
        trainer.configuration.batchesPerStep = 0
        try trainer.fit(loader(), epochs: 1)
    },
    Trap("Trainer: takes logits [N, classes] and labels [N], not [2, 3, 1] and [2]") {
        try trainer([2, 3, 1]).fit(loader(), epochs: 1)
    },
    Trap("Trainer: the loss has the shape [2]; it must be one number, as the mean or the sum") {
        try trainer([2, 3], loss: CrossEntropy(reduction: .none)).fit(loader(), epochs: 1)
    },
    Trap("Calibration: bin count 0 must be positive") {
        _ = Calibration(confidences: [1], hits: [true], binCount: 0)
    },
    Trap("Calibration: bin count -1 must be positive") { _ = Calibration(Predictions(), binCount: -1) },
    Trap("ConfusionMatrix: label 2 and prediction 0 must lie in 0..<2") {
        var matrix = ConfusionMatrix(classes: ["a", "b"])
        matrix.add(label: 2, prediction: 0)
    },
    Trap("ConfusionMatrix: class 2 is outside 0..<2") {
        _ = ConfusionMatrix(classes: ["a", "b"]).precision(of: 2)
    },
    Trap("ConfusionMatrix: class 3 is outside 0..<2") {
        _ = ConfusionMatrix(classes: ["a", "b"]).recall(of: 3)
    },
    Trap("ConfusionMatrix: class 4 is outside 0..<2") {
        _ = ConfusionMatrix(classes: ["a", "b"]).f1(of: 4)
    },
    Trap("ConfusionMatrix: class -1 is outside 0..<2") {
        _ = ConfusionMatrix(classes: ["a", "b"]).support(of: -1)
    },
    .unlocated("Predictions: index 0 is outside 0..<0") { _ = Predictions()[0] },
    Trap("MixUp: alpha 0.0 must be positive") { _ = MixUp(alpha: 0) },
    Trap("CutMix: alpha inf must be positive") { _ = CutMix(alpha: .infinity) },
    .unlocated("MixUp: takes images [N, …], not []") {
        var generator = RandomGenerator(seed: 1)
        _ = MixUp()(Tensor(1), using: &generator)
    },
    .unlocated("CutMix: takes images [N, C, H, W], not [2, 3]") {
        var generator = RandomGenerator(seed: 1)
        _ = CutMix()(logits, using: &generator)
    },
    Trap("RandomMixing: takes at least one way of mixing, there is none") { _ = RandomMixing() },
    Trap("RandomMixing: 2.0 is not a probability") { _ = RandomMixing(MixUp(), probability: 2) },
    Trap("WeightAverage: decay 1.0 must be 0 or more and below 1") {
        _ = WeightAverage(of: Shaped(shape: [1]), decay: 1)
    },
    Trap("Checkpoint: the name weight is taken; each tensor needs its own") {
        let checkpoint = Checkpoint(tensors: [("weight", logits), ("weight", logits)])
        try checkpoint.write(to: URL(filePath: "twice.safetensors"))
    },
    Trap("renaming: the replacement *.* has more * than the pattern a.*") {
        _ = Checkpoint(tensors: []).renaming("a.*", to: "*.*")
    },
    Trap("DownloadOptions: timeout 0.0 s and attempts 5 must be positive") {
        _ = DownloadOptions(timeout: 0)
    },
]
