// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension HTMLReport {
    /// Shows the photos that say most about an evaluation, and beside each what spoke for its prediction, by Grad-CAM.
    /// - Parameters:
    ///   - folder: the photos that were evaluated
    ///   - model: what was evaluated
    ///   - preprocessing: what makes a photo the model's input
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

    /// Puts the photos on a plane by t-SNE of what the model knows of them before it decides.
    /// - Parameters:
    ///   - folder: the photos that were evaluated
    ///   - model: what was evaluated
    ///   - preprocessing: what makes a photo the model's input
    ///   - limit: of more photos, so many are shown, spread evenly over the folder
    ///   - withThumbnails: whether some points are shown as their photos
    /// - Throws: `ExplanationError`; what the loader throws
    public mutating func addMap(
        of folder: ImageFolder, model: any Layer, preprocessing: Compose, limit: Int = 600,
        batchSize: Int = 16, withThumbnails: Bool = true
    ) throws {
        let count = min(limit, folder.count)
        let chosen = (0..<count).map { $0 * folder.count / count }
        let loader = DataLoader(
            Subset(folder.transformed(by: preprocessing), indices: chosen), batchSize: batchSize)
        let (vectors, indices) = try model.embeddings(of: loader)
        let places = indices.map { chosen[$0] }
        guard places.count > 3 else { return }
        let plane = TSNE()(vectors).floats
        map = PhotoMap(
            points: places.enumerated().map { row, index in
                PhotoMap.Point(
                    x: Double(plane[2 * row]), y: Double(plane[2 * row + 1]), label: folder.labels[index],
                    name: "\(folder.classes[folder.labels[index]]): \(folder.files[index].lastPathComponent)",
                    thumbnail: withThumbnails ? Self.thumbnail(of: folder.files[index], folder.decoding) : nil
                )
            }, classes: folder.classes,
            remark:
                "\(Words.count(places.count)) photos, near each other where the model finds them alike, in the "
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
