// SPDX-License-Identifier: Apache-2.0

import CCUDA

/// NVIDIA's driver, opened at run time, and the GPUs that it finds.
package struct CUDADriver: Sendable {
    /// The newest version of CUDA whose programs the driver runs.
    package let version: (major: Int, minor: Int)
    /// At least one.
    package let devices: [CUDADevice]

    /// What was found when it was first asked for.
    package static let shared = Result { () throws(CUDAError) in try CUDADriver() }

    private init() throws(CUDAError) {
        var driver = cc_driver()
        var message = [CChar](repeating: 0, count: 512)
        guard cc_open_driver(&driver, &message, message.count) else {
            throw .noDriver(Self.text(message))
        }
        func require(_ result: Int32, _ call: String) throws(CUDAError) {
            guard result != 0 else { return }
            guard result != CC_NO_DEVICE else { throw .noDevice }
            throw .failed(
                call: call, error: Self.text { driver.error_name(result, &$0) } ?? "error \(result)",
                reason: Self.text { driver.error_text(result, &$0) } ?? "of an unknown kind")
        }
        try require(driver.`init`(0), "cuInit")
        var (number, count) = (Int32(0), Int32(0))
        try require(driver.version(&number), "cuDriverGetVersion")
        try require(driver.count(&count), "cuDeviceGetCount")
        guard count > 0 else { throw .noDevice }
        var devices: [CUDADevice] = []
        for index in 0..<count {
            var (device, major, minor, memory) = (Int32(0), Int32(0), Int32(0), 0)
            var name = [CChar](repeating: 0, count: 256)
            try require(driver.device(&device, index), "cuDeviceGet")
            try require(driver.name(&name, Int32(name.count), device), "cuDeviceGetName")
            try require(driver.memory(&memory, device), "cuDeviceTotalMem")
            func ask(_ attribute: Int, _ value: inout Int32) throws(CUDAError) {
                try require(
                    driver.attribute(&value, Int32(attribute), device), "cuDeviceGetAttribute")
            }
            try ask(CC_COMPUTE_CAPABILITY_MAJOR, &major)
            try ask(CC_COMPUTE_CAPABILITY_MINOR, &minor)
            devices.append(
                CUDADevice(
                    index: Int(index), name: Self.text(name), memory: memory,
                    computeCapability: (Int(major), Int(minor))))
        }
        version = (Int(number) / 1000, Int(number) % 1000 / 10)
        self.devices = devices
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ ask: (inout UnsafePointer<CChar>?) -> Int32) -> String? {
        var found: UnsafePointer<CChar>?
        guard ask(&found) == 0, let found else { return nil }
        return String(cString: found)
    }
}

/// A GPU, as the driver describes it.
package struct CUDADevice: Sendable {
    package let index: Int
    package let name: String
    /// In bytes.
    package let memory: Int
    package let computeCapability: (major: Int, minor: Int)
}

/// Why there is no GPU to compute on.
package enum CUDAError: Error, CustomStringConvertible {
    case noDriver(String)
    case noDevice
    case failed(call: String, error: String, reason: String)

    package var description: String {
        switch self {
        case .noDriver(let reason): "no CUDA driver: \(reason)"
        case .noDevice: "the CUDA driver finds no GPU; is one hidden by CUDA_VISIBLE_DEVICES?"
        case .failed(let call, let error, let reason):
            "the CUDA driver fails in \(call): \(error), \(reason)"
        }
    }
}
