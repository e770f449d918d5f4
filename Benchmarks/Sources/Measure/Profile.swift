// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// The parts of a network one by one, and the whole for comparison: seconds an image of each.
func profile(_ job: Job, training: Bool) throws -> Report {
    guard let model = try job.loadedModel() as? VGG else {
        throw UnsuitableNetwork(name: try job.model.required("model"), reason: "only VGGs are profiled")
    }
    let images = try sharedInputs(try job.batch.required("batch"), of: job).images
    var profile = Profile(repetitions: max(3, job.samples), images: images.shape[0])
    let features = groups(of: model.features, poolsToo: !training)
    var value = images
    for (index, group) in features.enumerated() {
        value =
            training
            ? profile.train(group, on: value, needsInputGradient: index > 0) : profile.infer(group, on: value)
    }
    value = model.avgpool(value).flattened(from: 1)
    for group in groups(of: model.classifier, poolsToo: false) {
        value =
            training
            ? profile.train(group, on: value, needsInputGradient: true) : profile.infer(group, on: value)
    }
    if training {
        profile.trainTheRest(model, logits: value)
    } else {
        profile.measure("whole") { _ = withoutRecording { model(images) } }
    }
    return Report(seconds: profile.numbered, checksum: [Double(abs(value).mean().item())])
}

/// Layers that the kernels take as one.
private func groups(of layers: Sequential, poolsToo: Bool) -> [Sequential] {
    var result: [[any Layer]] = []
    for layer in layers.layers {
        if layer is ReLU || (poolsToo && layer is MaxPool2d) {
            result[result.count - 1].append(layer)
        } else {
            result.append([layer])
        }
    }
    return result.map { Sequential($0) }
}

private struct Profile {
    let repetitions: Int
    let images: Int
    private var parts: [(name: String, seconds: [Double])] = []
    private let clock = ContinuousClock()

    init(repetitions: Int, images: Int) {
        self.repetitions = repetitions
        self.images = images
    }

    /// Runs `body` three times to warm up, then as often as is asked for.
    mutating func measure(_ name: String, _ body: () -> Void) {
        for number in 0..<repetitions + 3 {
            let elapsed = clock.measure(body) / .seconds(1)
            if number >= 3 { add(elapsed, to: name) }
        }
    }

    private mutating func add(_ elapsed: Double, to name: String) {
        let index = parts.firstIndex { $0.name == name && $0.seconds.count < repetitions }
        if index == nil { parts.append((name, [])) }
        parts[index ?? parts.count - 1].seconds.append(elapsed / Double(images))
    }

    /// By name, with a number in front: JSON keeps no order. Layers of the same shape have the same name.
    var numbered: [String: [Double]] {
        Dictionary(
            uniqueKeysWithValues: parts.enumerated().map {
                ("\($0.offset) \($0.element.name)", $0.element.seconds)
            })
    }

    mutating func infer(_ group: Sequential, on input: Tensor) -> Tensor {
        var output = input
        measure(name(of: group, input)) { output = withoutRecording { group(input) } }
        return output
    }

    /// Value and gradients apart.
    mutating func train(_ group: Sequential, on input: Tensor, needsInputGradient: Bool) -> Tensor {
        let parameter = Parameter(input)
        parameter.isTrainable = needsInputGradient
        let name = name(of: group, input)
        var output = input
        for number in 0..<repetitions + 1 {
            var recorded = input
            let forward = clock.measure { recorded = withPhase(.training) { group(parameter.tensor) } }
            let gradient = Tensor.zeros(like: recorded.detached) + 1
            let backward = clock.measure { recorded.backward(gradient: gradient) }
            output = recorded.detached
            parameter.gradient = nil
            group.zeroGradients()
            guard number > 0 else { continue }
            add(forward / .seconds(1), to: "\(name), value")
            add(backward / .seconds(1), to: "\(name), gradients")
        }
        return output
    }

    /// The loss, the update, and a whole step.
    mutating func trainTheRest(_ model: VGG, logits: Tensor) {
        let parameter = Parameter(logits)
        let labels = Tensor((0..<Int32(images)).map { $0 })
        measure("cross entropy") {
            crossEntropy(parameter.tensor, labels).backward()
            parameter.gradient = nil
        }
        let optimizer = SGD(model.parameters, learningRate: 1e-6, momentum: 0.9)
        for parameter in model.parameters { parameter.gradient = Tensor.zeros(like: parameter.value) }
        measure("SGD with momentum") { optimizer.step() }
    }

    private func name(of group: Sequential, _ input: Tensor) -> String {
        let side = input.rank == 4 ? "\(input.shape[1])×\(input.shape[2])² " : ""
        return group.layers.map { layer in
            switch layer {
            case let convolution as Conv2d: "\(side)convolution to \(convolution.weight.shape[0])"
            case let linear as Linear: "linear \(linear.weight.shape[1]) to \(linear.weight.shape[0])"
            case is MaxPool2d: group.layers.count > 1 ? "max pooling" : "\(side)max pooling"
            default: "\(type(of: layer))"
            }
        }.joined(separator: " + ")
    }
}
