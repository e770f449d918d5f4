// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Vision

private let five = TensorDataset(images: Tensor.zeros([5, 1, 2, 2]), labels: Tensor.zeros([5], .int32))

/// Says of its samples what it is told to.
private struct Claims: Dataset {
    var labels: [Int]?
    var label = 0
    var count: Int { 3 }
    func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
        Sample(image: Tensor.zeros([1, 2, 2]), label: label)
    }
}

private func sample(_ index: Int, of dataset: some Dataset) throws {
    var generator = RandomGenerator(seed: 1)
    _ = try dataset.sample(at: index, using: &generator)
}

/// A folder whose files are gone again, so that a process that ends early leaves none.
private func twoPhotos() throws -> ImageFolder {
    let root = FileManager.default.temporaryDirectory.appending(path: "vggkit-traps-\(UUID())")
    defer { try? FileManager.default.removeItem(at: root) }
    for name in ["a", "b"] {
        let folder = root.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Image(width: 2, height: 2, color: [1]).write(to: folder.appending(path: "0.png"))
    }
    return try ImageFolder(root)
}

let datasetTraps: [Trap] = [
    Trap("TensorDataset: takes images [N, …] and labels [N], not [4, 1, 2, 2] and [3]") {
        _ = TensorDataset(images: Tensor.zeros([4, 1, 2, 2]), labels: Tensor.zeros([3], .int32))
    },
    Trap("TensorDataset: takes int32 elements, these are float32; convert with to(.int32)") {
        _ = TensorDataset(images: Tensor.zeros([4, 1, 2, 2]), labels: Tensor.zeros([4]))
    },
    .unlocated("TensorDataset: sample 5 is outside 0..<5") { try sample(5, of: five) },
    .unlocated("Subset<TensorDataset>: sample -1 is outside 0..<2") {
        try sample(-1, of: Subset(five, indices: [4, 4]))
    },
    .unlocated("TransformedFolder: sample 2 is outside 0..<2") {
        try sample(2, of: twoPhotos().transformed(by: Compose([])))
    },
    Trap("Subset: index 5 is outside 0..<5") { _ = Subset(five, indices: [0, 5]) },
    Trap("split: validation share 1.0 is not between 0 and 1") {
        _ = try twoPhotos().split(validation: 1, seed: 1)
    },
    Trap("DataLoader: batch size 0 must be positive") { _ = DataLoader(five, batchSize: 0) },
    Trap("DataLoader: -1 workers; 0 reads in the caller's thread") {
        _ = DataLoader(five, batchSize: 1, workers: -1)
    },
    Trap("DataLoader: classes are balanced by the labels, which the data set does not know") {
        _ = DataLoader(Claims(), batchSize: 1, balancesClasses: true)
    },
    Trap("DataLoader: the data set has 3 samples, but 2 labels") {
        _ = DataLoader(Claims(labels: [0, 1]), batchSize: 1, balancesClasses: true)
    },
    Trap("DataLoader: batch 0 of epoch -1; both are counted from 0") {
        _ = DataLoader(five, batchSize: 1).batches(epoch: -1)
    },
    Trap("DataLoader: batch -2 of epoch 0; both are counted from 0") {
        _ = DataLoader(five, batchSize: 1).batches(epoch: 0, from: -2)
    },
    .unlocated("DataLoader: label 3000000000 of sample 0 does not fit int32") {
        _ = try DataLoader(Claims(label: 3_000_000_000), batchSize: 1, workers: 0).batches(epoch: 0).next()
    },
]
