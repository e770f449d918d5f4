// SPDX-License-Identifier: Apache-2.0
// OpenOwn FOLDER: opens a run of a network of one's own in another program, names pictures and explains one.

import Foundation
import TinyResNet
import VGGKit

func require(_ condition: Bool, _ message: String) {
    guard condition else { fatalError(message) }
}

let file = URL(filePath: CommandLine.arguments[1]).appending(path: "weights/best.safetensors")
do {
    _ = try ImageClassifier(contentsOf: file)
    fatalError("a network that nobody has registered was opened")
} catch {
    require("\(error)".contains("tinyresnet"), "the network is not named: \(error)")
}
Zoo.register(TinyResNet.Configuration.self)
let classifier = try ImageClassifier(contentsOf: file)
for (number, isRight) in [false, true, true].enumerated() {
    let best = classifier.predict(picture(isRight: isRight, seed: UInt64(1000 + number)), top: 1)[0]
    require(best.name == (isRight ? "right" : "left"), "wrong: \(best)")
    print(best.name, best.probability)
}
var generator = RandomGenerator(seed: 0)
let input = classifier.card.preprocessing(picture(isRight: true, seed: 7), using: &generator).expanded(at: 0)
// At inference a convolution and its normalisation are one; that changes no value, and no normalisation is
// called.
let (fused, separate) = (
    NormalizationCounter(separatesLayers: false), NormalizationCounter(separatesLayers: true)
)
let (value, expected) = withoutRecording {
    (withObserver(fused) { classifier.model(input) }, withObserver(separate) { classifier.model(input) })
}
require(
    fused.count == 0 && separate.count == 4, "\(fused.count) and \(separate.count) normalisations were called"
)
require((abs(value - expected)).max().item() < 1e-4, "fusing changes \(expected) to \(value)")
print("fused")
let explanation = try GradCAM(classifier.model, layer: "blocks.1")(input, classes: [1])
require(explanation.values.shape == [1, 16, 16], "a map of \(explanation.values.shape)")
print("explained", explanation.layer)
