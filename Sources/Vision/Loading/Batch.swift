// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import TensorCore

/// Several samples as a model takes them.
public struct Batch: Sendable {
    /// `[N, C, H, W]`, channels-last in memory
    public var images: Tensor
    /// `[N]`, `int32`
    public var labels: Tensor
    /// Index of each sample in the data set.
    public var indices: [Int]
    /// Samples that could not be read and are not in the batch.
    public var skipped: [SkippedSample]
    /// The position of the first sample in the batch that several processes share; 0 if there are no others.
    public var firstPosition = 0
}

/// A sample that could not be read, and why.
public struct SkippedSample: Sendable {
    /// Index of the sample in the data set.
    public let index: Int
    /// The error that the data set threw for it.
    public let error: any Error

    package init(index: Int, error: any Error) {
        self.index = index
        self.error = error
    }
}

/// Why no batch can be made of some samples.
public enum LoaderError: DescribedError, Equatable {
    case shapes(index: Int, found: [Int], expected: [Int])
    case noBatches(sampleCount: Int, batchSize: Int)
    /// No sample of an epoch could be read; `first` describes the first sample's error.
    case nothingRead(sampleCount: Int, first: String)

    public var description: String {
        switch self {
        case .shapes(let index, let found, let expected):
            "sample \(index) has shape \(found), the others of its batch \(expected); resize or crop them to one size"
        case .noBatches(let count, let size):
            "\(count) samples make no batch of \(size), and smaller batches are dropped; choose smaller batches or keep the last"
        case .nothingRead(let count, let first):
            "none of the \(count) samples can be read; the first: \(first)"
        }
    }
}

/// Puts samples one after the other into the memory of a batch.
struct BatchAssembly {
    private let capacity: Int
    private let firstPosition: Int
    private let device: Device
    private var images: BatchImages?
    private var shape: [Int] = []
    private var labels: [Int32] = []
    private var indices: [Int] = []
    private var skipped: [SkippedSample] = []

    init(_ planned: PlannedBatch, _ device: Device) {
        capacity = planned.samples.count
        firstPosition = planned.firstPosition
        self.device = device
    }

    /// - Throws: `LoaderError.shapes`
    mutating func add(_ sample: Sample, at index: Int) throws(LoaderError) {
        if images == nil {
            shape = sample.shape
            images = BatchImages(capacity: capacity, like: sample, device)
        }
        guard sample.shape == shape else {
            throw .shapes(index: index, found: sample.shape, expected: shape)
        }
        images!.set(sample, at: indices.count)
        // Recycle the pixels only if they were decoded for this sample; others may still be in use.
        if case .picture(.resampling(let resampling), _) = sample.content {
            SpareBytes.give(resampling.source.pixels)
        }
        check(
            Int(Int32.min)...Int(Int32.max) ~= sample.label,
            "DataLoader: label \(sample.label) of sample \(index) does not fit int32")
        labels.append(Int32(sample.label))
        indices.append(index)
    }

    mutating func skip(_ index: Int, _ error: any Error) {
        skipped.append(SkippedSample(index: index, error: error))
    }

    /// The batch of the samples added so far. Without samples, the images have the shape `[0, 0, 0, 0]`.
    func finished() -> Batch {
        let images = images?.sent(indices.count, to: device) ?? Tensor(uninitialized: [0, 0, 0, 0])
        let classes = device.preparing { Tensor(labels).sent() }
        return Batch(
            images: images, labels: classes, indices: indices, skipped: skipped, firstPosition: firstPosition)
    }
}
