// SPDX-License-Identifier: Apache-2.0
// Prediction: what is on one photo.

import Foundation
import VGGKit

/// The name of the most probable class and its probability, by the best model that training left in `folder`.
func predict(_ photo: URL, with folder: URL) throws -> (name: String, probability: Float) {
    let classes = try ClassIndices.read(folder.appending(path: "class_indices.json"))
    let net = VGG(cfgs["vgg16"]!, classCount: classes.count)
    try net.load(Checkpoint(contentsOf: folder.appending(path: "save_model/best_model.pth")))

    let transform = Compose([Resize(height: 224, width: 224)], normalize: .half)
    var generator = RandomGenerator(seed: 0)
    let image = transform(try Image(contentsOf: photo), using: &generator)  // [3, 224, 224]

    let probabilities = withoutRecording { softmax(net(image.expanded(at: 0))) }  // [1, classes]
    let (values, indices) = probabilities.top(1)
    return (classes[Int(indices.scalars(Int32.self)[0])], values.item())
}
