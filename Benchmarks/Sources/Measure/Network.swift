// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// The networks that are measured.
enum Network: String, Decodable, CaseIterable {
    case vgg11, vgg16

    func configuration(dropout: Float = 0.5) -> VGG.Configuration {
        let column: VGG.Column = self == .vgg11 ? .a : .d
        return VGG.Configuration(column: column.stages, dropout: dropout)
    }

    /// The network with the weights that all subjects share.
    func loaded(for job: Job, dropout: Float = 0.5) throws -> VGG {
        let model = VGG(configuration(dropout: dropout), initialization: .zeros)
        try model.load(Checkpoint(contentsOf: job.file("\(rawValue).safetensors")).tensors)
        return model
    }
}

/// The first images and labels of those that all subjects share.
func sharedInputs(_ count: Int, of job: Job) throws -> (images: Tensor, labels: Tensor) {
    let inputs = try Checkpoint(contentsOf: job.file("inputs.safetensors"))
    return (inputs["images"]![0..<count].channelsLast(), inputs["labels"]![0..<count].contiguous())
}
