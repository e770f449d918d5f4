// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// Keeps on disk what the frozen part of a classifier makes of photos, so that the head is trained in seconds: the
/// features are computed once for each photo, or once for each of several augmentations of it.
///
/// ```swift
/// let cache = FeatureCache(folder: URL(filePath: "runs/features"))
/// let features = try cache.features(of: photos.transformed(by: card.preprocessing), by: model)
/// let trainer = Trainer(Head(of: model), optimizer: SGD(model.headParameters.map(\.parameter), learningRate: 0.01))
/// try trainer.fit(DataLoader(features, batchSize: 32, shuffle: true), epochs: 20)
/// ```
/// What is found on disk is used only if weights, network, transforms, photos and seed are the ones that it was computed
/// with: a change to any of them, be it one pixel, makes other features in another folder. A computation that was
/// interrupted goes on where it stood.
///
/// Features take memory on disk: 338 KiB for each photo of 224×224 with SqueezeNet, 98 KiB with a VGG, 2 KiB with ResNet-18.
public struct FeatureCache: Sendable {
    public let folder: URL
    /// Threads that read photos ahead.
    public var workers = 2
    /// Whether and where progress is shown.
    public var progress = ProgressBar.Style.automatic

    public init(folder: URL) { self.folder = folder }

    /// The photos' features at inference, from disk where they are there.
    /// - Parameters:
    ///   - variants: how many times each photo is transformed, where the transforms are random; each use of the photo then
    ///     takes one of them.
    ///   - note: told what is found, made, or skipped.
    /// - Throws: `CheckpointError` and `FileError` when features cannot be kept; what the photos throw; `ImageError` for a
    ///   photo that cannot be read, where the folder is strict; `LoaderError.nothingRead` where none can be
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
        let place = folder.appending(path: try key.name)
        try makeFolder(place)
        let ranges = stride(from: 0, to: photos.count, by: FeatureFile.imageCount).map {
            $0..<min($0 + FeatureFile.imageCount, photos.count)
        }
        var files = try ranges.map { try FeatureFile(at: $0, in: place, key, note) }
        let found = zip(ranges, files).reduce(0) { $0 + ($1.1 == nil ? 0 : $1.0.count) }
        note("\(title): \(found) of \(photos.count) in \(place.relativePath)")
        guard found < photos.count else { return files.map { $0! } }

        let bar = ProgressBar(title: title, total: photos.count, done: found, style: progress)
        var done = found
        for (index, range) in ranges.enumerated() where files[index] == nil {
            files[index] = try FeatureFile.make(range, in: place, key, photos, model, workers: workers) {
                done += $0
                bar.update(done: done)
            }
        }
        bar.finish()
        return files.map { $0! }
    }
}
