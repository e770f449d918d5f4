// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// Writes the weights and inputs that all subjects load. One seed, the same files.
func prepare(_ job: Job) throws {
    for network in Network.allCases {
        let model = withRandomSource(RandomSource(seed: 1)) { VGG(network.configuration()) }
        var generator = RandomGenerator(seed: 2)
        // Biases that are zero could be forgotten without anyone noticing.
        for parameter in model.parameters where parameter.shape.count == 1 {
            parameter.value = 0.1 * Tensor.normal(parameter.shape, using: &generator)
        }
        let card = ModelCard(
            network: network.configuration(), classes: (0..<1000).map { "class \($0)" }, imageSize: 224,
            normalization: .imageNet)
        let description = String(decoding: try JSONEncoder().encode(card), as: UTF8.self)
        try Checkpoint(tensors: model.stateDictionary, metadata: ["vggkit.model": description])
            .write(to: job.file("\(network.rawValue).safetensors"))
    }

    var generator = RandomGenerator(seed: 3)
    let images = Tensor.normal([16, 3, 224, 224], using: &generator)
    let labels = Tensor((0..<16).map { Int32($0 * 61 % 1000) })
    try Checkpoint(tensors: [("images", images), ("labels", labels)])
        .write(to: job.file("inputs.safetensors"))

    var tensors: [(name: String, tensor: Tensor)] = []
    for shape in ConvolutionShape.ofVGG {
        let deviation = Float(2 / Double(9 * shape.inChannels)).squareRoot()
        tensors += [
            (
                "\(shape).input",
                Tensor.normal([1, shape.inChannels, shape.size, shape.size], using: &generator)
            ),
            (
                "\(shape).weight",
                deviation * Tensor.normal([shape.outChannels, shape.inChannels, 3, 3], using: &generator)
            ),
            ("\(shape).bias", 0.1 * Tensor.normal([shape.outChannels], using: &generator)),
        ]
    }
    try Checkpoint(tensors: tensors).write(to: job.file("convolutions.safetensors"))
}
