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
}

/// A sample that could not be read, and why.
public struct SkippedSample: Sendable {
    /// Index of the sample in the data set.
    public let index: Int
    /// The error that the data set threw for it.
    public let error: any Error
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
    private var images: Tensor?
    private var shape: [Int] = []
    private var labels: [Int32] = []
    private var indices: [Int] = []
    private var skipped: [SkippedSample] = []

    init(capacity: Int) { self.capacity = capacity }

    /// - Throws: `LoaderError.shapes`
    mutating func add(_ sample: Sample, at index: Int) throws(LoaderError) {
        if images == nil {
            shape = sample.shape
            images = Tensor(uninitialized: [capacity] + shape, order: .channelsLast)
        }
        guard sample.shape == shape else {
            throw .shapes(index: index, found: sample.shape, expected: shape)
        }
        let position = indices.count
        switch sample.content {
        case .tensor(let tensor): images![position] = tensor
        case .picture(let picture, let numbers):
            let count = picture.size.area * picture.channels
            images!.withMutableScalars(Float.self) { buffer in
                picture.write(numbers, to: .init(rebasing: buffer[position * count..<(position + 1) * count]))
            }
            // Recycle the pixels only if they were decoded for this sample; others may still be in use.
            if case .resampling(let resampling) = picture { SpareBytes.give(resampling.source.pixels) }
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
        let images = images.map { $0[0..<indices.count] } ?? Tensor(uninitialized: [0, 0, 0, 0])
        return Batch(images: images, labels: Tensor(labels), indices: indices, skipped: skipped)
    }
}
