// SPDX-License-Identifier: Apache-2.0

import VGGKit

func inference(_ job: Job) throws -> Report {
    let batch = try job.batch.required("batch")
    let model = try job.loadedModel()
    let images = try sharedInputs(batch, of: job).images
    var logits = Tensor.zeros([1])
    var report = Report()
    func measure() -> [Double] {
        job.measure(images: batch) { logits = withoutRecording { model(images) } }
    }
    report.seconds["image"] = job.fuses ?? true ? measure() : withObserver(LayerByLayer()) { measure() }
    report.checksum = [Double(abs(logits).mean().item())] + logits[0, 0..<4].floats.map(Double.init)
    return report
}

/// Value, loss, gradients and update. Dropout is off, so that all subjects compute the same.
func training(_ job: Job) throws -> Report {
    let batch = try job.batch.required("batch")
    let model = try job.loadedModel(hasDropout: false)
    let (images, labels) = try sharedInputs(batch, of: job)
    let optimizer = SGD(model.parameters, learningRate: 1e-3, momentum: 0.9)
    var report = Report()
    report.seconds["image"] = job.measure(images: batch) {
        let loss = withPhase(.training) { crossEntropy(model(images), labels) }
        loss.backward()
        optimizer.step()
        optimizer.zeroGradients()
        if report.checksum.count < 2 { report.checksum.append(Double(loss.item())) }
    }
    return report
}
