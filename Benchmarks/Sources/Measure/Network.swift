// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// A network that the zoo does not have, or that a workload cannot measure.
struct UnsuitableNetwork: Error, CustomStringConvertible {
    var name: String
    var reason: String
    var description: String { "\(name): \(reason)" }
}

extension Job {
    /// The network that is measured, by its name in the zoo.
    func network() throws -> any Network {
        let name = try model.required("model")
        guard let network = Zoo.network(named: name) else {
            throw UnsuitableNetwork(name: name, reason: "the zoo has no such network")
        }
        return network
    }

    /// The network with the weights that all subjects share.
    /// - Parameter hasDropout: whether a VGG drops activations in training, as it does by default
    func loadedModel(hasDropout: Bool = true) throws -> any Classifier {
        var network = try network()
        if !hasDropout, var vgg = network as? VGG.Configuration {
            vgg.dropout = 0
            network = vgg
        }
        let model = network.makeModelToLoad()
        try model.load(Checkpoint(contentsOf: weightsFile()).tensors)
        return model
    }

    /// The file of the weights that all subjects share.
    func weightsFile() throws -> URL { file("\(try model.required("model")).safetensors") }
}

/// The first images and labels of those that all subjects share.
func sharedInputs(_ count: Int, of job: Job) throws -> (images: Tensor, labels: Tensor) {
    let inputs = try Checkpoint(contentsOf: job.file("inputs.safetensors"))
    return (inputs["images"]![0..<count].channelsLast(), inputs["labels"]![0..<count].contiguous())
}

/// Sees nothing, but has layers called one by one: a convolution, then its normalisation, then the activation.
final class LayerByLayer: LayerObserver {
    let separatesLayers = true

    func call(_ layer: any Layer, index: Int?, _ input: Tensor, _ body: () -> Tensor) -> Tensor { body() }
}
