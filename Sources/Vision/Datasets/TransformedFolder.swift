// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// The photos of a folder as a model takes them.
public struct TransformedFolder: Dataset {
    /// The photos and their labels.
    public let folder: ImageFolder
    /// The transforms that turn a photo into the model's input.
    public let transform: Compose

    /// The photos of a folder, each transformed when it is read.
    /// - Parameters:
    ///   - folder: the photos
    ///   - transform: its random parts are drawn anew each time a photo is read
    public init(_ folder: ImageFolder, _ transform: Compose) {
        self.folder = folder
        self.transform = transform
    }

    public var count: Int { folder.count }
    public var labels: [Int]? { folder.labels }
    public var skipsUnreadable: Bool { !folder.isStrict }
    public var sourceFolder: URL? { folder.root }

    /// - Throws: `ImageError`
    public func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
        requireSample(index, of: self)
        let file = try EncodedImage(contentsOf: folder.files[index])
        defer { SpareBytes.give(file.bytes) }
        let picture = try transform.picture(file, folder.decoding, using: &generator)
        return Sample(picture: picture, numbers: transform.numbers, label: folder.labels[index])
    }
}
