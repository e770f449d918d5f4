// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import Synchronization

/// What computes: the processor, or a GPU. As `torch.device`; but it belongs to the work, not to a tensor.
///
/// ```swift
/// try withDevice(.best) { try trainer.fit(loader, epochs: 20) }
/// ```
/// Tensors go where they are needed: what a GPU has computed is copied to the host when its elements are
/// read.
public struct Device: Sendable, Hashable, CustomStringConvertible {
    /// Nil for the processor.
    package let context: CUDAContext?

    /// The processor, with all of its cores.
    public static let cpu = Device(context: nil)

    /// The first GPU that CUDA finds; the processor where there is none that can be used.
    public static var best: Device { (try? cuda()) ?? cpu }

    /// A GPU of NVIDIA's.
    /// - Parameter index: the number of the GPU among those that the driver shows (`CUDA_VISIBLE_DEVICES`
    ///   restricts them), from 0
    /// - Throws: `DeviceError` if there is no driver, no such GPU, or one that cannot be used
    public static func cuda(_ index: Int = 0) throws(DeviceError) -> Device {
        Device(context: try CUDAContext.open(index))
    }

    /// The device with a name: `cpu`, `cuda`, `cuda:1`, or `best` (also `auto`) for `Device.best`.
    /// - Throws: `DeviceError` if there is no such device, or if it cannot be used
    public init(named name: String) throws(DeviceError) {
        switch name.lowercased() {
        case "cpu": self = .cpu
        case "best", "auto": self = .best
        case "cuda", "gpu": self = try .cuda()
        case let other:
            guard other.hasPrefix("cuda:"), let index = Int(other.dropFirst(5)), index >= 0 else {
                throw .unknownName(name)
            }
            self = try .cuda(index)
        }
    }

    private init(context: CUDAContext?) { self.context = context }

    /// The device of this task. Child tasks inherit it; `withDevice` sets it. Otherwise it is the one that
    /// the environment variable `VGGKIT_DEVICE` names, or the processor.
    @TaskLocal public static var current = Device.initial

    private static let initial: Device = {
        guard let name = ProcessInfo.processInfo.environment["VGGKIT_DEVICE"], !name.isEmpty else {
            return .cpu
        }
        do { return try Device(named: name) } catch { fail("VGGKIT_DEVICE is \(name), but \(error)") }
    }()

    /// The name: `cpu`, `cuda:0`.
    public var description: String { context?.name ?? "cpu" }

    /// The name with what was found: `cpu: 2 threads, AVX-512` or `cuda:0: NVIDIA H100, 80 GiB`.
    public var details: String {
        guard let card = context?.device else {
            let threads = ThreadPool.shared.threadCount
            return "cpu: \(threads) \(threads == 1 ? "thread" : "threads"), \(Kernels.instructionSet)"
        }
        return card.details
    }

    /// The libraries that a GPU computes with, or what would make it faster; empty for the processor.
    public var librariesFound: String { context?.librariesFound ?? "" }

    /// How much of a GPU's memory tensors hold.
    public struct MemoryStatistics: Sendable {
        /// Bytes that tensors hold now.
        public var bytesInUse: Int
        /// The most bytes in use at once since the program started or since `resetPeakMemory()`.
        public var peakBytesInUse: Int
    }

    /// The GPU's memory at this moment; nil for the processor, whose memory is `MemoryPool.shared`'s.
    public var memoryStatistics: MemoryStatistics? {
        context.map {
            let statistics = $0.statistics
            return MemoryStatistics(
                bytesInUse: statistics.bytesInUse, peakBytesInUse: statistics.peakBytesInUse)
        }
    }

    /// Restarts the measurement of the peak at the number of bytes in use now.
    public func resetPeakMemory() { context?.resetPeak() }

    /// Waits until the device has done all work that was queued, as `torch.cuda.synchronize`. Nothing needs
    /// it but measurements of time.
    /// - Throws: `DeviceError` if the GPU failed
    public func synchronize() throws(DeviceError) {
        context?.synchronize()
        try requireWorking()
    }

    /// Throws what went wrong on a GPU since the last call. Operations do not throw: after a failure a GPU
    /// computes nothing any more.
    /// - Throws: `DeviceError` if the GPU failed, or ran out of memory, after which it can be used again
    package func requireWorking() throws(DeviceError) {
        do throws(DeviceError) {
            try context?.requireWorking()
        } catch .outOfMemory(let device, let requested, let inUse, let available, let total, _) {
            throw .outOfMemory(
                device: device, requested: requested, inUse: inUse, available: available, total: total,
                advice: MemoryPool.advice.withLock { $0 })
        }
    }

    /// Runs `body`, and throws if this task's device failed in it. Without it, reading the elements of a
    /// tensor after a failure ends the process; within it, they are NaN.
    /// - Throws: `DeviceError` if the GPU ran out of memory, after which it can be used again, or if it
    ///   failed; else what `body` throws
    public static func throwingFailures<R>(_ body: () throws -> R) throws -> R {
        try CUDAContext.$areFailuresReported.withValue(true) {
            let result: R
            do {
                result = try body()
            } catch {
                // The error may be what a failure led to, as a loss that is NaN, or may tell of it already.
                if current.context?.hasUnreportedFailure == true { try current.requireWorking() }
                throw error
            }
            try current.requireWorking()
            // `body` may have computed on another device.
            for context in CUDAContext.opened where context.hasUnreportedFailure {
                try Device(context: context).requireWorking()
            }
            return result
        }
    }

    /// Runs `body` with the operations on this device, for a task that uses the results later, and that looks
    /// for failures then. Can be called from any thread.
    package func preparing<R>(_ body: () throws -> R) rethrows -> R {
        try CUDAContext.$areFailuresReported.withValue(true) { try withDevice(self, body) }
    }

    public static func == (a: Device, b: Device) -> Bool { a.context === b.context }

    public func hash(into hasher: inout Hasher) { hasher.combine(context.map(ObjectIdentifier.init)) }
}

extension CUDADevice {
    /// `cuda:0: NVIDIA H100, 80 GiB, compute capability 9.0`
    package var details: String {
        let memory = String(format: "%.0f", Double(memory) / 0x1p30)
        return
            "cuda:\(index): \(name), \(memory) GiB, compute capability \(computeCapability.major).\(computeCapability.minor)"
    }
}

/// Runs `body` with the operations of this task on a device.
public func withDevice<R>(_ device: Device, _ body: () throws -> R) rethrows -> R {
    try Device.$current.withValue(device) { try body() }
}

/// The same for an asynchronous body. Child tasks (`async let`, task groups) inherit the device.
@_disfavoredOverload
public func withDevice<R>(
    _ device: Device, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
    try await Device.$current.withValue(device, operation: body, isolation: isolation)
}

/// Kernels that a GPU lacks, and that the processor runs in its place: each costs a copy to the host, and one
/// back.
enum Fallback {
    /// Whether a kernel that the GPU lacks is an error: `VGGKIT_CUDA_STRICT` is 1.
    private static let isError = ProcessInfo.processInfo.environment["VGGKIT_CUDA_STRICT"] == "1"

    /// Kernels of the processor call this before they touch a tensor's memory.
    @inline(__always)
    static func note() {
        if _slowPath(CUDAContext.isInUse) { count() }
    }

    @inline(never)
    private static func count() {
        guard let context = Device.current.context else { return }
        context.noteFallback()
        check(!isError, "VGGKIT_CUDA_STRICT: a kernel runs on the processor that \(context.name) lacks")
    }
}

extension Kernels {
    /// The kernels of the GPU, if this task computes on one.
    static var gpu: CUDAKernels? { Device.current.context.map(CUDAKernels.init) }
}
