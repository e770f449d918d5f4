// SPDX-License-Identifier: Apache-2.0
// TrainOwn FOLDER: trains a network of one's own and saves it as a run.

import Foundation
import TinyResNet
import VGGKit

let configuration = TinyResNet.Configuration(classCount: 2)
let card = ModelCard(network: configuration, classes: ["left", "right"], imageSize: 16, normalization: .half)
var generator = RandomGenerator(seed: 0)
let images = (0..<128).map { number in
    card.preprocessing(picture(isRight: number % 2 == 1, seed: UInt64(number)), using: &generator)
}
let labels = Tensor((0..<128).map { Int32($0 % 2) })
let dataset = TensorDataset(images: stack(images), labels: labels)
let model = TinyResNet(configuration)
let trainer = Trainer(model, optimizer: AdamW(model.parameters, learningRate: 3e-3))
trainer.configuration.card = card
trainer.configuration.output = URL(filePath: CommandLine.arguments[1])
let history = try trainer.fit(DataLoader(dataset, batchSize: 16, shuffle: true), epochs: 4)
let accuracy = history.epochs.last!.trainAccuracy
print("accuracy", accuracy)
guard accuracy > 0.9 else { fatalError("the network did not learn") }
