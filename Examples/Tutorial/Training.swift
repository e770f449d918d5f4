// SPDX-License-Identifier: Apache-2.0
// Training, from the photos to the curves.

import Foundation
import VGGKit
import VGGKitReports

/// Trains on `photos`/train, validates on `photos`/val, and leaves `class_indices.json`,
/// `save_model/best_model.pth`, `save_model/last_model.pth`, `result/loss.jpg` and `result/acc.jpg` in
/// `output`.
func trainFlowers(photos: URL, weights: String?, epochs: Int, output: URL) throws {
    // The transforms.
    let trainTransform = Compose(
        [RandomResizedCrop(224, allowsScaledDecoding: false), RandomVerticalFlip()], normalize: .half)
    let valTransform = Compose([Resize(height: 224, width: 224)], normalize: .half)

    // The folders, and the loaders.
    let trainSet = try ImageFolder(photos.appending(path: "train"))
    let valSet = try ImageFolder(photos.appending(path: "val"))
    let trainLoader = DataLoader(trainSet.transformed(by: trainTransform), batchSize: 16, shuffle: true)
    let valLoader = DataLoader(valSet.transformed(by: valTransform), batchSize: 16, shuffle: true)

    // The names of the classes, for prediction.
    try ClassIndices.write(trainSet.classes, to: output.appending(path: "class_indices.json"))

    // The network; ImageNet's weights, without the last layer, whose classes are others.
    let net = VGG(cfgs["vgg16"]!, classCount: trainSet.classes.count)
    if let weights {
        let pretrained = try Checkpoint(contentsOf: URL(filePath: weights)).dropping("classifier.6.*")
        let report = try net.load(pretrained, strict: false)
        print("as initialised: \(report.missing.joined(separator: ", "))")
    }

    // The device: the GPU, if there is one.
    let device = Device.best
    print("device: \(device.details)")

    // The loss, the optimizer and the schedule.
    let loss = CrossEntropy()
    let optimizer = SGD(net.parameters, learningRate: 0.003)
    let schedule = StepLR(stepSize: 10, gamma: 0.5)

    let history = try withDevice(device) {
        try fit(
            net, training: trainLoader, validation: valLoader, loss: loss, optimizer: optimizer,
            schedule: schedule, epochs: epochs, saveIn: output.appending(path: "save_model"))
    }

    // The curves.
    try TrainingPlots(history).write(to: output.appending(path: "result"), as: [.jpg])
}

/// The loop over the epochs. Keeps the model of the highest validation accuracy, and the last one.
func fit(
    _ net: VGG, training: DataLoader<some Dataset>, validation: DataLoader<some Dataset>, loss: CrossEntropy,
    optimizer: SGD, schedule: StepLR, epochs: Int, saveIn folder: URL
) throws -> History {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var (history, best) = (History(), 0.0)
    for number in 0..<epochs {
        // Stepped at the beginning of each epoch, so that its changes come one epoch early.
        schedule.apply(to: optimizer, after: number + 1)
        let title = "epoch \(number + 1)/\(epochs)"
        let trained = try train(net, on: training, epoch: number, loss, optimizer, title: title)
        let validated = try validate(net, on: validation, epoch: number, loss, title: "  validation")
        history.epochs.append(
            History.Epoch(
                number: number + 1, learningRate: Double(optimizer.learningRate), trainLoss: trained.loss,
                trainAccuracy: trained.accuracy, validationLoss: validated.loss,
                validationAccuracy: validated.accuracy))
        if validated.accuracy > best {
            best = validated.accuracy
            try Checkpoint(tensors: net.stateDictionary).write(to: folder.appending(path: "best_model.pth"))
        }
    }
    try Checkpoint(tensors: net.stateDictionary).write(to: folder.appending(path: "last_model.pth"))
    return history
}

/// An epoch of training.
func train(
    _ net: VGG, on loader: DataLoader<some Dataset>, epoch: Int, _ loss: CrossEntropy, _ optimizer: SGD,
    title: String
) throws -> (loss: Double, accuracy: Double) {
    try withPhase(.training) {
        try overBatches(of: loader, epoch: epoch, title: title) { batch in
            let logits = net(batch.images)
            let value = loss(logits, batch.labels)
            optimizer.zeroGradients()
            value.backward()
            optimizer.step()
            return (Double(value.item()), topKAccuracy(logits.detached, batch.labels))
        }
    }
}

/// An epoch of validation: nothing is recorded, nothing is dropped, nothing changes.
func validate(
    _ net: VGG, on loader: DataLoader<some Dataset>, epoch: Int, _ loss: CrossEntropy, title: String
) throws -> (loss: Double, accuracy: Double) {
    try withoutRecording {
        try overBatches(of: loader, epoch: epoch, title: title) { batch in
            let logits = net(batch.images)
            return (Double(loss(logits, batch.labels).item()), topKAccuracy(logits, batch.labels))
        }
    }
}

/// The means over the batches of what `body` measures, as the tutorial takes them, with a progress bar.
private func overBatches<Photos: Dataset>(
    of loader: DataLoader<Photos>, epoch: Int, title: String,
    _ body: (Batch) throws -> (loss: Double, accuracy: Double)
) throws -> (loss: Double, accuracy: Double) {
    let bar = ProgressBar(title: title, total: loader.count)
    let batches = loader.batches(epoch: epoch)
    var (loss, accuracy, count, done) = (0.0, 0.0, 0.0, 0)
    while let batch = try batches.next() {
        let measured = try body(batch)
        (loss, accuracy, count) = (loss + measured.loss, accuracy + measured.accuracy, count + 1)
        done += batch.labels.count
        bar.update(done: done, loss: loss / count, accuracy: accuracy / count)
    }
    bar.finish()
    return (loss / count, accuracy / count)
}
