// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the devices that training and prediction can run on.")

    func run() {
        say(Device.cpu.details)
        switch CUDADriver.shared {
        case .failure(let error): say("\(error)")
        case .success(let driver):
            for card in driver.devices {
                do throws(DeviceError) {
                    let device = try Device.cuda(card.index)
                    say("\(device.details); \(device.librariesFound)")
                } catch {
                    say("\(card.details): \(error)")
                }
            }
            say("the driver runs CUDA \(driver.version.major).\(driver.version.minor)")
        }
    }
}

struct DeviceOptions: ParsableArguments {
    @Option(
        name: .customLong("device"),
        help:
            "The device: cpu, cuda, cuda:1 …, or best for the first GPU, if there is one; vggkit devices shows what was found."
    )
    var name = "best"

    /// Without the option it is what `VGGKIT_DEVICE` names, if it is set.
    /// - Parameter communicator: the ranks of this process's launcher, which take the GPUs of a host in turn
    func device(_ communicator: (any Communicator)? = nil) throws -> Device {
        let variable = ProcessInfo.processInfo.environment["VGGKIT_DEVICE"]
        let chosen = name == "best" ? variable ?? name : name
        do throws(DeviceError) {
            if let communicator, ["best", "cuda"].contains(chosen),
                case .success(let driver) = CUDADriver.shared,
                !driver.devices.isEmpty
            {
                return try .cuda(driver.devices[communicator.hostRank % driver.devices.count].index)
            }
            return try Device(named: chosen)
        } catch .unknownName {
            throw ValidationError("\(DeviceError.unknownName(name))")
        } catch {
            throw Failure("--device \(name): \(error)")
        }
    }
}

/// A command that computes, on the device that its options name.
protocol ComputingCommand: ParsableCommand {
    var computing: DeviceOptions { get }
    func compute() throws
}

extension ComputingCommand {
    func run() throws {
        try withDevice(try computing.device()) { try Device.throwingFailures(compute) }
    }
}
