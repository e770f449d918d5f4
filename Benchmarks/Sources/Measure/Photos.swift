// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// Every so many-th photo of a folder, so that all classes are among them.
private func photos(_ job: Job, as transform: Compose) throws -> Subset<TransformedFolder> {
    let folder = try ImageFolder(URL(filePath: try job.photos.required("photos")))
    let count = min(try job.count.required("count"), folder.count)
    return Subset(
        folder.transformed(by: transform), indices: (0..<count).map { $0 * folder.count / count })
}

/// Files to normalised numbers in one thread, one photo after the other.
func decode(_ job: Job) throws -> Report {
    let crop = RandomResizedCrop(224, allowsScaledDecoding: !(job.wholePhotos ?? false))
    let photos = try photos(job, as: Compose([crop, RandomHorizontalFlip()], normalize: .imageNet))
    var generator = RandomGenerator(seed: 1)
    var report = Report()
    var sum = 0.0
    for index in 0..<photos.count {
        sum += Double(abs(try photos.sample(at: index, using: &generator).image).mean().item())
    }
    report.checksum = [sum / Double(photos.count)]
    report.seconds["image"] = try job.measure(images: photos.count) {
        for index in 0..<photos.count { _ = try photos.sample(at: index, using: &generator).image }
    }
    return report
}

/// Batches of augmented photos, read by as many threads as there are processors.
func loader(_ job: Job) throws -> Report {
    let augmentation = Compose([RandomResizedCrop(224), RandomHorizontalFlip()], normalize: .imageNet)
    let loader = DataLoader(
        try photos(job, as: augmentation), batchSize: try job.batch.required("batch"), shuffle: true,
        workers: ProcessInfo.processInfo.activeProcessorCount, dropLast: true)
    var report = Report()
    var means: [Double] = []
    report.seconds["image"] = [
        try throughput(loader) { means.append(Double(abs($0.images[0]).mean().item())) }
    ]
    report.checksum = [means.reduce(0, +) / Double(means.count)]
    return report
}

/// An epoch of training from photos on disk: Docs/FlowersFromScratch.md's recipe.
func epoch(_ job: Job) throws -> Report {
    let augmentation = Compose(
        [RandomResizedCrop(64, scale: 0.25...1), RandomHorizontalFlip()], normalize: .imageNet)
    let loader = DataLoader(
        try photos(job, as: augmentation), batchSize: try job.batch.required("batch"), shuffle: true,
        workers: ProcessInfo.processInfo.activeProcessorCount, dropLast: true)
    let configuration = VGG.Configuration(
        column: VGG.Column.a.stages, batchNormalization: true, classCount: 5, pooledSize: 2,
        hiddenUnits: [512])
    let model = VGG(configuration)
    let optimizer = SGD(
        model.parameters, learningRate: 0.02, momentum: 0.9, weightDecay: 5e-4, nesterov: true)
    let schedule = OneCycleLR(maximumRate: 0.02, totalSteps: 20 * 92)
    var report = Report()
    var losses: [Double] = []
    report.seconds["image"] = [
        try throughput(loader) { batch in
            schedule.apply(to: optimizer, step: losses.count, epoch: 0, metrics: [])
            let loss = withPhase(.training) { crossEntropy(model(batch.images), batch.labels) }
            losses.append(Double(loss.item()))
            loss.backward()
            optimizer.step()
            optimizer.zeroGradients()
        }
    ]
    report.checksum = [losses.reduce(0, +) / Double(losses.count)]
    return report
}

/// Seconds an image over the batches of an epoch, but for the first few, in which threads and memory come to be.
private func throughput<Source>(_ loader: DataLoader<Source>, _ use: (Batch) throws -> Void) throws -> Double
{
    let warmUp = min(4, loader.batchCount / 2)
    let batches = loader.batches(epoch: 0)
    for _ in 0..<warmUp { try use(batches.next()!) }
    let elapsed = try ContinuousClock().measure {
        while let batch = try batches.next() { try use(batch) }
    }
    return elapsed / .seconds(1) / Double((loader.batchCount - warmUp) * loader.batchSize)
}
