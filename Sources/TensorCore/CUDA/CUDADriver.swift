// SPDX-License-Identifier: Apache-2.0

import CCUDA

/// NVIDIA's driver, opened at run time, and the GPUs that it finds.
package struct CUDADriver: Sendable {
    /// The newest version of CUDA whose programs the driver runs.
    package let version: (major: Int, minor: Int)
    /// At least one.
    package let devices: [CUDADevice]
    let calls: CUDACalls

    /// The oldest version of CUDA whose drivers run our kernels.
    static let oldestVersion = (major: 11, minor: 8)

    /// What was found when it was first asked for.
    package static let shared = Result { () throws(DeviceError) in try CUDADriver() }

    private init() throws(DeviceError) {
        calls = try CUDACalls()
        let calls = calls
        try calls.require(calls.table.`init`(0), "cuInit")
        var (number, count) = (Int32(0), Int32(0))
        try calls.require(calls.table.version(&number), "cuDriverGetVersion")
        version = (Int(number) / 1000, Int(number) % 1000 / 10)
        guard (version.major, version.minor) >= Self.oldestVersion else {
            throw .driverTooOld(found: "\(version.major).\(version.minor)")
        }
        try calls.require(calls.table.count(&count), "cuDeviceGetCount")
        guard count > 0 else { throw .noDevice }
        devices = try (0..<count).map { index throws(DeviceError) in try CUDADevice(index, calls) }
    }
}

/// A GPU, as the driver describes it.
package struct CUDADevice: Sendable {
    /// The driver's number of the GPU among those that it shows to this process.
    package let index: Int
    package let name: String
    /// In bytes.
    package let memory: Int
    package let computeCapability: (major: Int, minor: Int)
    let multiprocessors: Int
    let handle: Int32
    /// Whether memory can be allocated in the order of a stream.
    let hasMemoryPools: Bool

    fileprivate init(_ index: Int32, _ calls: CUDACalls) throws(DeviceError) {
        var (device, memory) = (Int32(0), 0)
        var name = [CChar](repeating: 0, count: 256)
        try calls.require(calls.table.device(&device, index), "cuDeviceGet")
        try calls.require(calls.table.name(&name, Int32(name.count), device), "cuDeviceGetName")
        try calls.require(calls.table.memory(&memory, device), "cuDeviceTotalMem")
        func ask(_ attribute: Int) throws(DeviceError) -> Int {
            var value = Int32(0)
            try calls.require(
                calls.table.attribute(&value, Int32(attribute), device), "cuDeviceGetAttribute")
            return Int(value)
        }
        computeCapability = (
            try ask(CC_COMPUTE_CAPABILITY_MAJOR), try ask(CC_COMPUTE_CAPABILITY_MINOR)
        )
        multiprocessors = try ask(CC_MULTIPROCESSOR_COUNT)
        hasMemoryPools = try ask(CC_MEMORY_POOLS_SUPPORTED) == 1
        self.index = Int(index)
        self.name = CUDACalls.text(name)
        self.memory = memory
        handle = device
    }
}

/// The driver's functions.
///
/// Sendable because the table does not change, and the driver may be called from any thread.
struct CUDACalls: @unchecked Sendable {
    let table: cc_driver

    init() throws(DeviceError) {
        var table = cc_driver()
        var message = [CChar](repeating: 0, count: 512)
        guard cc_open_driver(&table, &message, message.count) else {
            throw .noDriver(Self.text(message))
        }
        self.table = table
    }

    /// Throws unless a call's result says that it succeeded.
    func require(_ result: Int32, _ call: String) throws(DeviceError) {
        guard result != 0 else { return }
        guard result != CC_NO_DEVICE else { throw .noDevice }
        throw failure(result, call)
    }

    func failure(_ result: Int32, _ call: String) -> DeviceError {
        .failed(
            call: call, error: Self.text { table.error_name(result, &$0) } ?? "error \(result)",
            reason: Self.text { table.error_text(result, &$0) } ?? "of an unknown kind")
    }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ ask: (inout UnsafePointer<CChar>?) -> Int32) -> String? {
        var found: UnsafePointer<CChar>?
        guard ask(&found) == 0, let found else { return nil }
        return String(cString: found)
    }
}
