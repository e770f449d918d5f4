// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// A 3×3 convolution with stride and padding 1.
struct ConvolutionShape: CustomStringConvertible {
    var inChannels: Int
    var outChannels: Int
    /// Side of the square maps.
    var size: Int

    /// All that occur in VGG-11 and VGG-16 at 224×224.
    static let ofVGG: [ConvolutionShape] = [
        (3, 64, 224), (64, 64, 224), (64, 128, 112), (128, 128, 112), (128, 256, 56), (256, 256, 56),
        (256, 512, 28), (512, 512, 28), (512, 512, 14),
    ].map { ConvolutionShape(inChannels: $0, outChannels: $1, size: $2) }

    var description: String { "\(inChannels)-\(outChannels)-\(size)" }
}

/// Each convolution alone, with its bias: the value, or with it the gradients of input, filter and bias.
func convolutions(_ job: Job, training: Bool) throws -> Report {
    let batch = try job.batch.required("batch")
    let file = try Checkpoint(contentsOf: job.file("convolutions.safetensors"))
    var report = Report()
    for shape in ConvolutionShape.ofVGG {
        let layer = Conv2d(
            shape.inChannels, shape.outChannels, kernelSize: 3, padding: 1, initializer: .constant(0))
        layer.weight.value = file["\(shape).weight"]!.channelsLast()
        layer.bias!.value = file["\(shape).bias"]!
        let image = file["\(shape).input"]!
        let input = Parameter(concatenate(Array(repeating: image, count: batch)).channelsLast())
        let gradient = Tensor.ones([batch, shape.outChannels, shape.size, shape.size]).channelsLast()

        func step() -> Tensor {
            for parameter in [input, layer.weight, layer.bias!] { parameter.gradient = nil }
            let output = layer(input.tensor)
            output.backward(gradient: gradient)
            return output.detached
        }
        func value() -> Tensor { withoutRecording { layer(input.value) } }
        let run = training ? step : value

        report.seconds["\(shape)"] = job.measure(images: batch) { _ = run() }
        report.checksum.append(Double(abs(run()).mean().item()))
        if training {
            report.checksum += [input, layer.weight].map { Double(abs($0.gradient!).mean().item()) }
        }
    }
    return report
}
