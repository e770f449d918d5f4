// SPDX-License-Identifier: Apache-2.0
// What a GPU is asked when one is at hand: whether it computes what the processor computes, and how fast. See Docs/GPU.md.

import Foundation
import VGGKit

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("gpu-check: \(message)\n".utf8))
    exit(1)
}

let usage = "usage: gpu-check operations | training | small-step | time [REPETITIONS]"
do {
    let device = try Device.cuda()
    say("\(device.details); \(device.librariesFound)")
    let isRight = try Device.throwingFailures {
        switch CommandLine.arguments.dropFirst().first {
        case "operations": return Operations(device: device).check()
        case "training": return checkTraining(on: device)
        // For tools that watch each access: compute-sanitizer gpu-check small-step
        case "small-step":
            let workload = Workload("squeezenet1_1", batch: 2, size: 64)
            let loss = withDevice(device) { workload.step(0).item() }
            say("loss \(loss)")
            return loss.isFinite
        case "time":
            try time(on: device, CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 10)
            return true
        default: fail(usage)
        }
    }
    exit(isRight ? 0 : 1)
} catch {
    fail("\(error)")
}
