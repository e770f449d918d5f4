// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Features that a `FeatureCache` keeps, as examples to train a `Head` with. They are read from disk as they are needed.
public struct CachedFeatures: Dataset {
    /// For each variant, its files.
    private let variants: [[FeatureFile]]
    /// For each example, its file and row in each variant.
    private let places: [[Place]]
    /// Photos that have no features, and why.
    public let unreadable: [UnreadableFile]
    public let sourceFolder: URL?

    private struct Place {
        let file: Int
        let row: Int
    }

    /// - Parameter variants: the files of each. Photos that one of them lacks are none of the examples: of a damaged photo,
    ///   some crops can be read and others not.
    init(_ variants: [[FeatureFile]], of photos: TransformedFolder) {
        self.variants = variants
        sourceFolder = photos.sourceFolder
        let byPhoto = variants.map { files in
            Dictionary(
                uniqueKeysWithValues: files.enumerated().flatMap { file, part in
                    part.indices.enumerated().map { ($1, Place(file: file, row: $0)) }
                })
        }
        var (places, unreadable): ([[Place]], [UnreadableFile]) = ([], [])
        for index in 0..<photos.count {
            let found = byPhoto.compactMap { $0[Int32(index)] }
            if found.count == variants.count {
                places.append(found)
            } else {
                unreadable.append(photos.folder.unreadableFile(at: index))
            }
        }
        (self.places, self.unreadable) = (places, unreadable)
    }

    public var count: Int { places.count }
    public var labels: [Int]? {
        places.map { Int(variants[0][$0[0].file].labels[$0[0].row]) }
    }

    /// The features of one photo, `[…]`; of one of its variants, which the generator chooses.
    public func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
        requireSample(index, of: self)
        let variant = variants.count > 1 ? Int(generator.next(upperBound: UInt64(variants.count))) : 0
        let place = places[index][variant]
        let file = variants[variant][place.file]
        return Sample(image: file.features[place.row], label: Int(file.labels[place.row]))
    }
}

extension ImageFolder {
    /// What decoding a photo once more says of why it has no features.
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
