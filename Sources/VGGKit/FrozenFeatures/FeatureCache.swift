// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// Keeps the outputs of a classifier's frozen backbone on disk, so that the head is trained in seconds. The
/// features are computed once for each photo, or once for each of several augmentations of it.
///
/// ```swift
/// let cache = FeatureCache(folder: URL(filePath: "runs/features"))
/// let features = try cache.features(of: photos.transformed(by: card.preprocessing), by: model)
/// let trainer = Trainer(
///     Head(of: model), optimizer: SGD(model.headParameters.map(\.parameter), learningRate: 0.01))
/// try trainer.fit(DataLoader(features, batchSize: 32, shuffle: true), epochs: 20)
/// ```
/// Features on disk are used only if they were computed with the same weights, network, transforms, photos
/// and seed. A change to any of these, even of one pixel, means new features in a new folder. An interrupted
/// computation continues where it stopped.
///
/// Features take memory on disk: 338 KiB for each photo of 224×224 with SqueezeNet, 98 KiB with a VGG, 2 KiB
/// with ResNet-18.
public struct FeatureCache: Sendable {
    /// The folder below which the features are stored: each set is in a subfolder named by its key.
    public let folder: URL
    /// The number of threads that read photos ahead.
    public var workers = 2
    /// The processes among which the photos are divided; nil for this process alone.
    public var communicator: (any Communicator)?
    /// Whether and where progress is shown.
    public var progress = ProgressBar.Style.automatic

    /// A cache in a folder. The folder is created when features are first requested.
    public init(folder: URL) { self.folder = folder }

    /// The photos' features at inference. They are read from disk if they are there, else computed and saved.
    /// - Parameters:
    ///   - variants: how many times each photo is transformed, where the transforms are random; each use of
    ///     the photo then takes one of them.
    ///   - note: called with messages about what was found, computed or skipped.
    /// - Throws: `CheckpointError` and `FileError` if features cannot be saved; errors of the data set;
    ///   `ImageError` for a photo that cannot be read, if the folder is strict; `LoaderError.nothingRead` if
    ///   no photo can be read
    public func features(
        of photos: TransformedFolder, by model: some Classifier, variants: Int = 1, seed: UInt64 = 0,
        note: (String) -> Void = { _ in }, file: StaticString = #fileID, line: UInt = #line
    ) throws -> CachedFeatures {
        check(
            variants > 0 && variants <= FeatureFile.imageCount,
            "FeatureCache: variants \(variants) must lie in 1...\(FeatureFile.imageCount)", file: file,
            line: line)
        var key = FeatureKey(model, photos, variant: 0, seed: seed)
        let parts = try (0..<variants).map { variant in
            key.variant = variant
            return try self.variant(
                key, of: photos, by: model,
                title: variants > 1 ? "features \(variant + 1)/\(variants)" : "features", note)
        }
        let features = CachedFeatures(parts, of: photos)
        for photo in features.unreadable {
            guard photos.skipsUnreadable else { throw photo.error }
            note("skipped: \(photo)")
        }
        if features.count == 0, let first = features.unreadable.first {
            throw LoaderError.nothingRead(sampleCount: photos.count, first: first.description)
        }
        return features
    }

    /// The features of one variant, part for part.
    private func variant(
        _ key: FeatureKey, of photos: TransformedFolder, by model: some Classifier, title: String,
        _ note: (String) -> Void
    ) throws -> [FeatureFile] {
        let ranks = Ranks(communicator)
        let keyFolder = folder.appending(path: try key.name)
        let ranges = stride(from: 0, to: photos.count, by: FeatureFile.imageCount).map {
            $0..<min($0 + FeatureFile.imageCount, photos.count)
        }
        var files = try ranks.together {
            try makeFolder(keyFolder)
            return try ranges.map { try FeatureFile(at: $0, in: keyFolder, key, note) }
        }
        let found = zip(ranges, files).reduce(0) { $0 + ($1.1 == nil ? 0 : $1.0.count) }
        note("\(title): \(found) of \(photos.count) in \(keyFolder.relativePath)")
        // No rank computes before all have looked.
        guard try ranks.any(found < photos.count) else { return files.map { $0! } }

        let bar = ProgressBar(
            title: title, total: photos.count, done: found, style: ranks.isFirst ? progress : .none)
        var done = found
        try ranks.together {
            for (index, range) in ranges.enumerated()
            where files[index] == nil && index % ranks.size == ranks.rank {
                files[index] = try FeatureFile.make(
                    range, in: keyFolder, key, photos, model, workers: workers
                ) {
                    done += $0 * ranks.size
                    bar.update(done: min(done, photos.count))
                }
            }
        }
        bar.finish()
        // What the other ranks have computed.
        try ranks.together {
            for (index, range) in ranges.enumerated() where files[index] == nil {
                // A network's file system shows new files after some seconds.
                for attempt in 0..<60 where files[index] == nil {
                    if attempt > 0 { Thread.sleep(forTimeInterval: 0.5) }
                    files[index] = try FeatureFile(at: range, in: keyFolder, key, note)
                }
                if files[index] != nil { continue }
                throw CheckpointError.invalid(
                    keyFolder,
                    "features that another rank has computed are not there: "
                        + "the folder must be one that all hosts share")
            }
        }
        return files.map { $0! }
    }
}
