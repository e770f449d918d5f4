// SPDX-License-Identifier: Apache-2.0

/// Features that a `FeatureCache` keeps, as examples to train a `Head` with. They are read from disk as they are needed.
public struct CachedFeatures: Dataset {
    /// For each variant, its files.
    private let variants: [[FeatureFile]]
    /// For each example, its file and row in each variant.
    private let places: [[Place]]

    private struct Place {
        let file: Int
        let row: Int
    }

    /// - Parameter variants: the files of each. Photos that one of them lacks are none of the examples: of a damaged photo,
    ///   some crops can be read and others not.
    init(_ variants: [[FeatureFile]]) {
        self.variants = variants
        let byPhoto = variants.map { files in
            Dictionary(
                uniqueKeysWithValues: files.enumerated().flatMap { file, part in
                    part.indices.enumerated().map { ($1, Place(file: file, row: $0)) }
                })
        }
        places = byPhoto[0].keys.sorted().compactMap { photo in
            let found = byPhoto.compactMap { $0[photo] }
            return found.count == variants.count ? found : nil
        }
    }

    public var count: Int { places.count }
    public var labels: [Int]? {
        places.map { Int(variants[0][$0[0].file].labels[$0[0].row]) }
    }

    /// The features of one photo, `[…]`; of one of its variants, which the generator chooses.
    public func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
        let variant = variants.count > 1 ? Int(generator.next(upperBound: UInt64(variants.count))) : 0
        let place = places[index][variant]
        let file = variants[variant][place.file]
        return Sample(image: file.features[place.row], label: Int(file.labels[place.row]))
    }
}
