// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// One network in training, on images of noise.
final class Workload {
    let model: any Classifier
    private let optimizer: SGD
    private let images: Tensor
    private let labels: Tensor

    init(_ name: String, batch: Int, size: Int = 224) {
        let network = Zoo.network(named: name, classCount: 1000)!
        model = withRandomSource(RandomSource(seed: 1)) { network.makeModel() }
        optimizer = SGD(model.parameters, learningRate: 1e-3, momentum: 0.9)
        var generator = RandomGenerator(seed: 2)
        images = Tensor.normal([batch, 3, size, size], using: &generator).channelsLast()
        labels = Tensor((0..<batch).map { Int32($0 * 31 % 1000) })
    }

    /// - Returns: the loss before the step
    func step(_ number: UInt64) -> Tensor {
        let loss = withRandomSource(RandomSource(seed: number)) {
            withPhase(.training) { crossEntropy(model(images), labels) }
        }
        loss.backward()
        optimizer.step()
        optimizer.zeroGradients()
        return loss.detached
    }

    func infer() -> Tensor { withPhase(.inference) { withoutRecording { model(images) } } }
}

/// Prints a line at once, also into a file.
func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Twenty steps of VGG-16 on both devices.
func checkTraining(on device: Device) -> Bool {
    func losses(_ device: Device) -> [Float] {
        withDevice(device) {
            let workload = Workload("vgg16", batch: 8, size: 96)
            return (0..<20).map { workload.step(UInt64($0)).item() }
        }
    }
    let (cpu, gpu) = (losses(.cpu), losses(device))
    let worst = zip(cpu, gpu).map { abs($0 - $1) / abs($0) }.max()!
    say("\(worst < 1e-3 ? "ok    " : "WRONG ") 20 steps of VGG-16, losses differ by \(worst)")
    for (name, losses) in [("CPU", cpu), ("GPU", gpu)] {
        say("       \(name) \(losses.map { String(format: "%.4f", $0) }.joined(separator: " "))")
    }
    return worst < 1e-3
}

/// The median time of a call, in milliseconds, with the time that the host takes to queue it.
private func measure(on device: Device, _ repetitions: Int, _ body: () -> Void) throws -> (
    total: Double, host: Double
) {
    for _ in 0..<3 { body() }
    try device.synchronize()
    let clock = ContinuousClock()
    var (totals, hosts): ([Double], [Double]) = ([], [])
    for _ in 0..<repetitions {
        var host = Duration.zero
        let total = try clock.measure {
            host = clock.measure(body)
            try device.synchronize()
        }
        totals.append(total / .milliseconds(1))
        hosts.append(host / .milliseconds(1))
    }
    return (totals.sorted()[repetitions / 2], hosts.sorted()[repetitions / 2])
}

/// One line of JSON for each workload.
func time(on device: Device, _ repetitions: Int) throws {
    func report(_ name: String, _ pass: String, _ batch: Int, _ body: () -> Void) throws {
        let (total, host) = try measure(on: device, repetitions, body)
        say(
            "{\"network\": \"\(name)\", \"pass\": \"\(pass)\", \"batch\": \(batch), \"milliseconds\": \(total), \"host\": \(host), "
                + "\"peak_mib\": \((device.memoryStatistics?.peakBytesInUse ?? 0) >> 20)}")
    }
    try withDevice(device) {
        for (name, batch) in [("vgg16", 64), ("resnet50", 64), ("squeezenet1_0", 64)] {
            let workload = Workload(name, batch: batch)
            var number: UInt64 = 0
            device.resetPeakMemory()
            try report(name, "training", batch) {
                _ = workload.step(number)
                number += 1
            }
        }
        for batch in [64, 1] {
            let workload = Workload("vgg16", batch: batch)
            device.resetPeakMemory()
            try report("vgg16", "inference", batch) { _ = workload.infer() }
        }
    }
}
