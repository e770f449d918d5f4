// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Features that a `FeatureCache` keeps, as examples to train a `Head` with. They are read from disk as they
/// are needed.
public struct CachedFeatures: Dataset {
    /// The files of each variant.
    private let variants: [[FeatureFile]]
    /// For each example, its file and row in every variant.
    private let locations: [[Location]]
    /// Photos without features, with the reason.
    public let unreadable: [UnreadableFile]
    public let sourceFolder: URL?

    private struct Location {
        let file: Int
        let row: Int
    }

    /// - Parameter variants: the files of each variant. A photo is an example only if all variants have it:
    ///   some crops of a damaged photo can be decoded and others not.
    init(_ variants: [[FeatureFile]], of photos: TransformedFolder) {
        self.variants = variants
        sourceFolder = photos.sourceFolder
        let byPhoto = variants.map { files in
            Dictionary(
                uniqueKeysWithValues: files.enumerated().flatMap { file, part in
                    part.indices.enumerated().map { ($1, Location(file: file, row: $0)) }
                })
        }
        var (locations, unreadable): ([[Location]], [UnreadableFile]) = ([], [])
        for index in 0..<photos.count {
            let found = byPhoto.compactMap { $0[Int32(index)] }
            if found.count == variants.count {
                locations.append(found)
            } else {
                unreadable.append(photos.folder.unreadableFile(at: index))
            }
        }
        (self.locations, self.unreadable) = (locations, unreadable)
    }

    public var count: Int { locations.count }
    public var labels: [Int]? {
        locations.map { Int(variants[0][$0[0].file].labels[$0[0].row]) }
    }

    /// The features of one photo, `[…]`. The generator chooses one of its variants.
    public func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
        requireSample(index, of: self)
        let variant = variants.count > 1 ? generator.index(below: variants.count) : 0
        let location = locations[index][variant]
        let file = variants[variant][location.file]
        return Sample(image: file.features[location.row], label: Int(file.labels[location.row]))
    }
}

extension ImageFolder {
    /// The reason why a photo has no features, found by decoding it again.
    fileprivate func unreadableFile(at index: Int) -> UnreadableFile {
        let file = files[index]
        do {
            _ = try Image(contentsOf: file, decoding)
        } catch {
            return UnreadableFile(file: file, error: error)
        }
        let reason = "a part of it could not be decoded when its features were computed"
        return UnreadableFile(file: file, error: .corrupt(source: file.relativePath, reason: reason))
    }
}
