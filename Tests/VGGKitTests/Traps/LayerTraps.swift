// SPDX-License-Identifier: Apache-2.0

import TestSupport
import VGGKit

private let small = VGG.Configuration(
    column: [.convolution(channels: 2, kernel: 3), .maxPool], classCount: 2, pooledSize: 2, hiddenUnits: [])

private func card(classes: [String]) -> ModelCard {
    ModelCard(
        network: ResNet.Configuration(.d18, classCount: classes.count), classes: classes, imageSize: 8,
        normalization: .imageNet)
}

/// A network that gives three logits, whatever it is shown.
private struct ThreeLogits: Layer {
    func callAsFunction(_ input: Tensor) -> Tensor { Tensor.zeros([input.shape[0], 3]) }
}

let layerTraps: [Trap] = [
    Trap("Linear: 0 inputs and 3 outputs must be positive") { _ = Linear(0, 3) },
    Trap(
        "Initializer: no tensor has the shape [1099511627776, 1099511627776]; lengths are 0 or more, and their product below 2⁶⁰"
    ) {
        _ = Linear(1 << 40, 1 << 40)
    },
    Trap("Initializer: deviation -1.0 must be 0 or more") {
        _ = Linear(2, 2, initializer: .normal(deviation: -1))
    },
    Trap("Conv2d: 3 input and 4 output channels must be positive multiples of 2 groups") {
        _ = Conv2d(3, 4, kernelSize: 3, groups: 2)
    },
    Trap("Conv2d: kernel size 0×3 must be positive") { _ = Conv2d(3, 4, kernelSize: [0, 3]) },
    .unlocated("conv2d: weight [4, 3, 3, 3] expects 3 input channels, the input [1, 1, 8, 8] has 1") {
        _ = Conv2d(3, 4, kernelSize: 3)(Tensor.zeros([1, 1, 8, 8]))
    },
    .unlocated("conv2d: takes float32 elements, these are uint8; convert with to(.float32)") {
        withoutRecording { _ = Conv2d(3, 4, kernelSize: 3)(Tensor.zeros([1, 3, 8, 8], .uint8)) }
    },
    Trap("Dropout: rate 2.0 is not a probability") { _ = Dropout(rate: 2) },
    Trap("BatchNorm2d: 0 channels; there must be at least one") { _ = BatchNorm2d(0) },
    Trap("LocalResponseNorm: size 0 must be positive") { _ = LocalResponseNorm(size: 0) },
    .unlocated("Sequential: layer 1 is outside 0..<1") { _ = Sequential(ReLU())[1] },
    Trap("VGG: class count 0 is not between 1 and 1,048,576") { _ = VGG.vgg16(classCount: 0) },
    Trap("VGG: input channels 0 is not between 1 and 1,048,576") { _ = VGG(.a, inputChannels: 0) },
    Trap("VGG: dropout rate 2.0 is not a probability") {
        var configuration = small
        configuration.dropout = 2
        _ = VGG(configuration)
    },
    Trap("VGG: the column [M] has no convolution") { _ = VGG(.init(column: [.maxPool])) },
    Trap("AlexNet: class count -1 is not between 1 and 1,048,576") { _ = AlexNet(classCount: -1) },
    Trap("AlexNet: dropout rate nan is not a probability") { _ = AlexNet(dropout: .nan) },
    Trap("SqueezeNet: class count 0 is not between 1 and 1,048,576") {
        _ = SqueezeNet(.version11, classCount: 0)
    },
    Trap("ResNet: class count 0 is not between 1 and 1,048,576") { _ = ResNet(.d18, classCount: 0) },
    Trap("GoogLeNet: dropout rate -1.0 is not a probability") { _ = GoogLeNet(dropout: -1) },
    Trap("ResNet: class count -2 is not between 1 and 1,048,576") {
        _ = ResNet(.d50, classCount: -2)
    },
    .unlocated("forwardDensely: the images' map [1, 2, 1, 1] is smaller than the 2×2 that the head takes") {
        _ = VGG(small).forwardDensely(Tensor.zeros([1, 3, 2, 2]))
    },
    .unlocated("AugmentedModel: takes images [N, C, H, W] of at least 8×8 pixels, not [1, 3, 7, 8]") {
        let viewed = try AugmentedModel(
            ThreeLogits(), card: card(classes: ["a", "b", "c"]), augmentation: .tenCrop)
        _ = viewed(Tensor.zeros([1, 3, 7, 8]))
    },
    Trap("predict: the top -1 of the classes; 0 or more fit") {
        let classifier = ImageClassifier(model: ThreeLogits(), card: card(classes: ["a", "b", "c"]))
        _ = classifier.predict(Image(width: 8, height: 8, color: [1]), top: -1)
    },
    Trap("predict: the model's output has the shape [1, 3], the card names 2 classes") {
        let classifier = ImageClassifier(model: ThreeLogits(), card: card(classes: ["a", "b"]))
        _ = classifier.predict(Image(width: 8, height: 8, color: [1]))
    },
]
