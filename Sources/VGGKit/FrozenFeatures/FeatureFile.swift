// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The features of consecutive photos, in a safetensors file: `features` `[N, …]`, channels-last; `labels`
/// `[N]`; and `indices` `[N]`, the photos' indices in the data set. Photos that cannot be read have no
/// features.
struct FeatureFile: Sendable {
    /// The number of photos in a file; the last file may have fewer.
    static let imageCount = 256
    private static let metadataKey = "vggkit.features"

    /// `[N, C, H, W]`, channels-last in memory, or `[N, D]`
    let features: Tensor
    let labels: [Int32]
    let indices: [Int32]

    /// Opens the existing file; nil if there is none, or none that can be used.
    init?(at range: Range<Int>, in folder: URL, _ key: FeatureKey, _ note: (String) -> Void) throws {
        let url = Self.url(range, in: folder)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            let checkpoint = try Checkpoint(contentsOf: url)
            guard checkpoint.metadata[Self.metadataKey] == (try JSON.text(key)),
                let features = checkpoint["features"], features.rank >= 1,
                let labels = checkpoint["labels"], labels.shape == [features.shape[0]],
                let indices = checkpoint["indices"], indices.shape == labels.shape,
                features.scalarType == .float32, labels.scalarType == .int32, indices.scalarType == .int32,
                Self.isPart(of: range, indices.scalars(Int32.self)),
                labels.scalars(Int32.self).allSatisfy({ $0 >= 0 })
            else {
                throw CheckpointError.invalid(url, "it does not hold the features that its name says")
            }
            self.init(features, labels, indices)
        } catch let error as CheckpointError {
            note("\(error); computed again")
            return nil
        }
    }

    private static func isPart(of range: Range<Int>, _ indices: [Int32]) -> Bool {
        Set(indices).count == indices.count && indices.allSatisfy { range.contains(Int($0)) }
    }

    private init(_ features: Tensor, _ labels: Tensor, _ indices: Tensor) {
        self.features = features.rank == 4 ? features.permuted([0, 3, 1, 2]) : features
        self.labels = labels.scalars(Int32.self)
        self.indices = indices.scalars(Int32.self)
    }

    /// Computes the features and writes them.
    /// - Parameter progress: called after each batch with the number of photos in it
    static func make(
        _ range: Range<Int>, in folder: URL, _ key: FeatureKey, _ photos: TransformedFolder,
        _ model: some Classifier, workers: Int, progress: (Int) -> Void
    ) throws -> FeatureFile {
        let loader = DataLoader(
            Subset(photos, indices: Array(range)), batchSize: 32, seed: key.seed, workers: workers)
        // Each file and variant has its own random numbers.
        let batches = loader.batches(epoch: range.lowerBound + key.variant, from: 0)
        var (parts, labels, indices): ([Tensor], [Int32], [Int32]) = ([], [], [])
        // A file is empty if none of its photos can be read. Other files may still have features.
        while let batch = try batches.nextIfAny() {
            try Task.checkCancellation()
            progress(batch.labels.count + batch.skipped.count)
            guard batch.labels.count > 0 else { continue }
            let features = model.inferredFeatures(batch.images)
            parts.append(features.rank == 4 ? features.permuted([0, 2, 3, 1]).contiguous() : features)
            labels += batch.labels.scalars(Int32.self)
            indices += batch.indices.map { Int32(range.lowerBound + $0) }
        }
        let features = parts.isEmpty ? Tensor.zeros([0, 0]) : concatenate(parts, axis: 0)
        let url = url(range, in: folder)
        try Checkpoint(
            tensors: [("features", features), ("labels", Tensor(labels)), ("indices", Tensor(indices))],
            metadata: [metadataKey: try JSON.text(key)]
        ).write(to: url)
        // Reopen the file mapped, so that it takes no memory.
        return Self(try Checkpoint(contentsOf: url)["features"]!, Tensor(labels), Tensor(indices))
    }

    private static func url(_ range: Range<Int>, in folder: URL) -> URL {
        folder.appending(path: String(format: "%07d.safetensors", range.lowerBound))
    }
}

extension Batches {
    /// The next batch; nil after the last, also where no sample could be read.
    fileprivate func nextIfAny() throws -> Batch? {
        do {
            return try next()
        } catch LoaderError.nothingRead {
            return nil
        }
    }
}
