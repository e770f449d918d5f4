// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// Writes the weights that all subjects load: those of the job's network, or, if it names none, the inputs of all
/// networks and the single convolutions. One seed, the same files.
func prepare(_ job: Job) throws {
    if job.model == nil { try prepareInputs(job) } else { try prepareWeights(job) }
}

private func prepareWeights(_ job: Job) throws {
    let network = try job.network()
    let model = withRandomSource(RandomSource(seed: 1)) { network.makeModel() }
    var generator = RandomGenerator(seed: 2)
    // Biases that are zero, and normalisations that change nothing, could be forgotten without anyone noticing.
    let tensors = model.stateDictionary.map { name, tensor in
        guard tensor.rank == 1 else { return (name: name, tensor: tensor) }
        let noise = 0.1 * Tensor.normal(tensor.shape, using: &generator)
        let isFactor = name.hasSuffix("weight") || name.hasSuffix("running_var")
        return (name: name, tensor: isFactor ? 1 + noise : noise)
    }
    let card = ModelCard(
        network: network, classes: (0..<1000).map { "class \($0)" }, imageSize: 224, normalization: .imageNet)
    let description = String(decoding: try JSONEncoder().encode(card), as: UTF8.self)
    try Checkpoint(tensors: tensors, metadata: ["vggkit.model": description]).write(to: job.weightsFile())
}

private func prepareInputs(_ job: Job) throws {
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
