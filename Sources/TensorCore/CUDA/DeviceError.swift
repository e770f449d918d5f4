// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a GPU cannot be used, or stopped working.
public enum DeviceError: LocalizedError, CustomStringConvertible {
    /// NVIDIA's driver is not installed, or cannot be opened.
    case noDriver(String)
    /// The driver runs programs of CUDA up to the version that was found.
    case driverTooOld(found: String)
    /// There is a driver, but no GPU.
    case noDevice
    /// There is no GPU with this number.
    case noSuchDevice(index: Int, found: [String])
    /// The GPU lacks something that is needed.
    case unsupported(device: String, reason: String)
    /// A name that is no device's.
    case unknownName(String)
    /// The GPU's memory does not suffice. All numbers are bytes.
    case outOfMemory(
        device: String, requested: Int, inUse: Int, available: Int, total: Int, advice: String)
    /// A call to the driver failed.
    case failed(call: String, error: String, reason: String)

    public var description: String {
        switch self {
        case .noDriver(let reason): return "no CUDA driver: \(reason)"
        case .driverTooOld(let found):
            let oldest = CUDADriver.oldestVersion
            return
                "the CUDA driver is too old: it runs CUDA \(found), and \(oldest.major).\(oldest.minor) or newer is needed; update NVIDIA's driver"
        case .noDevice: return "the CUDA driver finds no GPU; is one hidden by CUDA_VISIBLE_DEVICES?"
        case .noSuchDevice(let index, let found):
            return "there is no cuda:\(index); the CUDA driver finds \(found.joined(separator: ", "))"
        case .unsupported(let device, let reason): return "\(device) cannot be used: \(reason)"
        case .unknownName(let name):
            return
                "there is no device '\(name)'; there are cpu, cuda, cuda:0, cuda:1 …, and best for the fastest"
        case .outOfMemory(let device, let requested, let inUse, let available, let total, let advice):
            return
                "\(device) is out of memory: \(Self.mebibytes(requested)) were asked for, this program uses "
                + "\(Self.mebibytes(inUse)), and \(Self.mebibytes(available)) of \(Self.mebibytes(total)) are free; \(advice)"
        case .failed(let call, let error, let reason):
            return "the CUDA driver fails in \(call): \(error), \(reason)"
        }
    }

    public var errorDescription: String? { description }

    private static func mebibytes(_ bytes: Int) -> String {
        bytes < 10 << 20 ? "\((bytes + 1023) >> 10) KiB" : "\(bytes >> 20) MiB"
    }
}
