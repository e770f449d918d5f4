// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the device that training and prediction run on.")

    func run() {
        say("\(Device.cpu.found); \(Device.gpuFound)")
    }
}

struct DeviceOptions: ParsableArguments {
    @Option(
        help:
            "The device: cpu, or best for the fastest one; vggkit devices shows what was found.",
        transform: Device.init(argument:))
    var device = Device.best
}

/// The device that computes.
enum Device: String, CaseIterable {
    case best, cpu

    init(argument: String) throws {
        if let device = Device(rawValue: argument) {
            self = device
        } else if ["cuda", "gpu"].contains(where: argument.lowercased().hasPrefix) {
            throw ValidationError(
                "--device is \(argument), but this version of VGGKit computes on the processor only; there are best and cpu (\(Device.gpuFound))"
            )
        } else {
            throw ValidationError("--device is \(argument); there are best and cpu")
        }
    }

    /// The actual device, in words.
    var found: String {
        let threads = ThreadPool.shared.threadCount
        return "cpu: \(threads) \(threads == 1 ? "thread" : "threads"), \(Kernels.instructionSet)"
    }

    static var gpuFound: String {
        switch CUDADriver.shared {
        case .failure(let error): return "\(error)"
        case .success(let driver):
            let cards = driver.devices.map { card in
                let memory = String(format: "%.0f", Double(card.memory) / 0x1p30)
                return
                    "cuda:\(card.index): \(card.name), \(memory) GiB, compute capability \(card.computeCapability.major).\(card.computeCapability.minor)"
            }
            return cards.joined(separator: "; ")
                + "; the driver runs CUDA \(driver.version.major).\(driver.version.minor), but this version of VGGKit computes on the processor only"
        }
    }
}
