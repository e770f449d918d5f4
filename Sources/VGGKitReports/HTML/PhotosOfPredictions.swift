// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension HTMLReport.Photo {
    /// The side of the photos of a report, in pixels.
    public static let side = 176

    /// The middle of a photo, for display; nil if it cannot be read any more.
    static func picture(of file: URL, _ options: DecodingOptions) -> Image? {
        var generator = RandomGenerator(seed: 0)
        return (try? Image(contentsOf: file, options)).map { middle.image($0, using: &generator) }
    }

    private static var middle: Compose { Compose([Resize(side * 8 / 7), CenterCrop(side)]) }

    /// The photo of a prediction.
    /// - Parameters:
    ///   - folder: the photos that were evaluated
    ///   - cut: the crop of the photo that is shown; nil for the middle, which is most models' input
    /// - Throws: `ImageError`
    public init(
        _ prediction: SamplePrediction, of folder: ImageFolder, cut: Compose? = nil
    ) throws(ImageError) {
        let file = folder.files[prediction.sample]
        let cut = cut ?? Self.middle
        var generator = RandomGenerator(seed: 0)
        self.init(
            image: cut.image(try Image(contentsOf: file, folder.decoding), using: &generator),
            name: file.lastPathComponent,
            label: folder.classes[prediction.label],
            ranking: prediction.ranking.map {
                Guess(name: folder.classes.className($0.index), probability: Double($0.probability))
            },
            labelProbability: Double(prediction.labelProbability))
        self.file = file
    }
}

extension HTMLReport {
    /// Adds the most informative photos of an evaluation: the most confident mistakes, and the most typical
    /// photos of each class. Photos that can no longer be read are skipped.
    /// - Parameter folder: the photos that were evaluated
    public mutating func addPhotos(
        of folder: ImageFolder, mistakes: Int = 12, hitsPerClass: Int = 2, hits: Int = 24
    ) {
        guard let predictions = evaluation?.predictions else { return }
        self.mistakes = predictions.mostConfidentMistakes(mistakes).compactMap { try? Photo($0, of: folder) }
        self.hits = predictions.mostTypicalHits(perClass: hitsPerClass).prefix(hits).compactMap {
            try? Photo($0, of: folder)
        }
    }
}
