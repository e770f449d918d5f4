// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension HTMLReport {
    /// Adds the most informative photos of an evaluation. Beside each, Grad-CAM shows which parts support the
    /// prediction.
    /// - Parameters:
    ///   - folder: the photos that were evaluated
    ///   - model: the model that was evaluated
    ///   - preprocessing: the transforms from a photo to the model's input
    /// - Throws: `ExplanationError`
    public mutating func addPhotos(
        of folder: ImageFolder, explaining model: any Layer, preprocessing: Compose, mistakes: Int = 12,
        hitsPerClass: Int = 2, hits: Int = 24
    ) throws(ExplanationError) {
        addPhotos(of: folder, mistakes: mistakes, hitsPerClass: hitsPerClass, hits: hits)
        let cam = GradCAM(model)
        try Self.explain(&self.mistakes, of: folder, cam, preprocessing)
        try Self.explain(&self.hits, of: folder, cam, preprocessing)
    }

    private static func explain(
        _ photos: inout [Photo], of folder: ImageFolder, _ cam: GradCAM, _ preprocessing: Compose
    ) throws(ExplanationError) {
        for index in photos.indices {
            var generator = RandomGenerator(seed: 0)
            guard let file = photos[index].file,
                let image = try? Image(contentsOf: file, folder.decoding),
                let label = folder.classes.firstIndex(of: photos[index].ranking[0].name)
            else { continue }
            let input = preprocessing(image, using: &generator).expanded(at: 0)
            let heat = try cam(input, classes: [label]).heat[0]
            photos[index].overlay = heat.overlay(on: photos[index].image)
        }
    }

    /// Adds a map of the photos: t-SNE of their embeddings.
    /// - Parameters:
    ///   - folder: the photos that were evaluated
    ///   - model: the model that was evaluated
    ///   - preprocessing: the transforms from a photo to the model's input
    ///   - limit: the most photos that are shown; of more photos, a selection spread evenly over the folder
    ///   - withThumbnails: whether some points are shown as their photos
    /// - Throws: `ExplanationError`; errors of the loader
    public mutating func addMap(
        of folder: ImageFolder, model: any Layer, preprocessing: Compose, limit: Int = 600,
        batchSize: Int = 16, withThumbnails: Bool = true
    ) throws {
        let count = min(limit, folder.count)
        let chosen = (0..<count).map { $0 * folder.count / count }
        let loader = DataLoader(
            Subset(folder.transformed(by: preprocessing), indices: chosen), batchSize: batchSize)
        let (vectors, indices) = try model.embeddings(of: loader)
        let shown = indices.map { chosen[$0] }
        guard shown.count > 3 else { return }
        let plane = TSNE()(vectors).floats
        map = PhotoMap(
            points: shown.enumerated().map { row, index in
                PhotoMap.Point(
                    x: Double(plane[2 * row]), y: Double(plane[2 * row + 1]), label: folder.labels[index],
                    name: "\(folder.classes[folder.labels[index]]): \(folder.files[index].lastPathComponent)",
                    thumbnail: withThumbnails ? Self.thumbnail(of: folder.files[index], folder.decoding) : nil
                )
            }, classes: folder.classes,
            remark:
                "\(Words.count(shown.count)) photos, near each other where the model finds them alike, in the "
                + "colours of what they show (t-SNE of the last layer’s input). Distances between groups mean little."
        )
    }

    private static func thumbnail(of file: URL, _ options: DecodingOptions) -> Image? {
        var generator = RandomGenerator(seed: 0)
        return (try? Image(contentsOf: file, options)).map {
            Compose([Resize(64), CenterCrop(64)]).image($0, using: &generator)
        }
    }
}
