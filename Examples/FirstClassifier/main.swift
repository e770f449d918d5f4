// SPDX-License-Identifier: Apache-2.0
// The program of the README: from a folder of photos to a trained, saved, predicting classifier.

import Foundation
import VGGKit

func trainFirstClassifier(on folder: String) throws {
    let photos = try ImageFolder(URL(filePath: folder)).split(validation: 0.2, seed: 1)
    let classes = photos.training.classes
    let network = VGG.Configuration(
        column: [16, .maxPool, 32, .maxPool, 64, .maxPool], batchNormalization: true,
        classCount: classes.count, pooledSize: 4, hiddenUnits: [64])
    let card = ModelCard(
        network: network, classes: classes, imageSize: 64, normalization: .imageNet)
    let augmentation = Compose(
        [RandomResizedCrop(64, scale: 0.5...1), RandomHorizontalFlip()], normalize: .imageNet)
    let model = VGG(network)
    let trainer = Trainer(
        model, optimizer: AdamW(model.parameters, learningRate: 1e-3),
        configuration: .init(card: card, output: URL(filePath: "runs/first")))
    try trainer.fit(
        DataLoader(photos.training.transformed(by: augmentation), batchSize: 32, shuffle: true),
        validation: DataLoader(photos.validation.transformed(by: card.preprocessing), batchSize: 32),
        epochs: 15)

    let classifier = try ImageClassifier(contentsOf: URL(filePath: "runs/first/weights/best.safetensors"))
    let photo = photos.validation.files[0]
    print(photo.lastPathComponent, "→", try classifier.predict(contentsOf: photo).first!.name)
}

do {
    try trainFirstClassifier(on: CommandLine.arguments.dropFirst().first ?? "data/flowers")
} catch {
    FileHandle.standardError.write(Data("first-classifier: \(error)\n".utf8))
    exit(1)
}
