// SPDX-License-Identifier: Apache-2.0

import CCUDA
import Checks
import Synchronization

/// A GPU in use: its streams, its memory and its kernels.
///
/// Work is queued on one stream, and done in the order in which it was queued. Nothing here waits for it but
/// `download` and `synchronize`. A call that fails is remembered as `failure`, and from then on nothing is
/// queued: kernels do not throw, and whoever asked for the work looks for a failure at the end of a step.
package final class CUDAContext: Sendable {
    package let device: CUDADevice
    let calls: CUDACalls
    /// The major version of CUDA that the driver runs.
    let driverMajor: Int
    private let handle: cc_handle
    /// Where kernels run, and memory is freed.
    private let computing: cc_handle
    private let memoryPool: cc_handle
    private let uploads: CUDAUploads
    /// cuBLAS and cuDNN, where they are installed.
    let libraries: CUDALibraries
    private let functions = Lock<[UInt: cc_handle]>([:])
    private let modules = Lock<[UInt: cc_handle]>([:])
    private let state = Lock(State())
    private let hasFailed = Atomic<Bool>(false)

    /// What the GPU has been asked for since the program started.
    package struct Statistics: Sendable {
        /// Bytes of the GPU's memory that tensors hold.
        package var bytesInUse = 0
        package var peakBytesInUse = 0
        /// Kernels that were queued.
        package var launches = 0
        /// Bytes that were copied to the GPU, and back.
        package var bytesUploaded = 0
        package var bytesDownloaded = 0
        /// How often the host waited for the GPU.
        package var synchronizations = 0
        /// Kernels that the GPU lacks, and that the CPU ran in its place.
        package var fallbacks = 0
    }

    private struct State {
        var statistics = Statistics()
        var failure: DeviceError?
        /// Whether somebody has been told of the failure.
        var isReported = false
    }

    private static let contexts = Lock<[Int: Result<CUDAContext, DeviceError>]>([:])
    private static let isAnyOpen = Atomic<Bool>(false)

    /// Whether whoever asks this task for work looks for failures afterwards. If not, reading elements after
    /// a failure ends the process.
    @TaskLocal package static var areFailuresReported = false

    /// Whether a GPU has been opened in this process: a quick test, for what is done often.
    static var isInUse: Bool { isAnyOpen.load(ordering: .relaxed) }

    /// The GPU with this number. It is opened when it is first asked for.
    package static func open(_ index: Int) throws(DeviceError) -> CUDAContext {
        let driver = try CUDADriver.shared.get()
        guard let device = driver.devices.first(where: { $0.index == index }) else {
            throw .noSuchDevice(index: index, found: driver.devices.map { "cuda:\($0.index) (\($0.name))" })
        }
        return try contexts.withLock { contexts -> Result<CUDAContext, DeviceError> in
            if let known = contexts[index] { return known }
            let opened = Result { () throws(DeviceError) in try CUDAContext(device, driver) }
            contexts[index] = opened
            return opened
        }.get()
    }

    private init(_ device: CUDADevice, _ driver: CUDADriver) throws(DeviceError) {
        let name = "cuda:\(device.index) (\(device.name))"
        guard device.computeCapability >= (7, 0) else {
            throw .unsupported(
                device: name,
                reason:
                    "its compute capability is \(device.computeCapability.major).\(device.computeCapability.minor), and 7.0 or higher is needed"
            )
        }
        guard device.hasMemoryPools else {
            throw .unsupported(device: name, reason: "it has no memory pools")
        }
        self.device = device
        calls = driver.calls
        driverMajor = driver.version.major
        var (context, stream, pool) = (cc_handle(0), cc_handle(0), cc_handle(0))
        try calls.require(calls.table.retain_context(&context, device.handle), "cuDevicePrimaryCtxRetain")
        try calls.require(calls.table.set_context(context), "cuCtxSetCurrent")
        try calls.require(
            calls.table.create_stream(&stream, UInt32(CC_STREAM_NON_BLOCKING)), "cuStreamCreate")
        try calls.require(calls.table.default_pool(&pool, device.handle), "cuDeviceGetDefaultMemPool")
        // Freed memory stays with the process, so that a step in steady state asks the system for none.
        var everything = UInt64.max
        try calls.require(
            calls.table.set_pool_attribute(pool, Int32(CC_RELEASE_THRESHOLD), &everything),
            "cuMemPoolSetAttribute")
        // Uploads do not wait for kernels, to get memory that these will free.
        var never = Int32(0)
        try calls.require(
            calls.table.set_pool_attribute(pool, Int32(CC_REUSE_WITH_DEPENDENCIES), &never),
            "cuMemPoolSetAttribute")
        (handle, computing, memoryPool) = (context, stream, pool)
        uploads = try CUDAUploads(calls)
        libraries = CUDALibraries(stream: stream, driverMajor: driverMajor)
        Self.isAnyOpen.store(true, ordering: .relaxed)
    }

    /// `cuda:0`
    package var name: String { "cuda:\(device.index)" }

    package var statistics: Statistics { state.withLock { $0.statistics } }

    /// The first call that failed.
    package var failure: DeviceError? {
        hasFailed.load(ordering: .acquiring) ? state.withLock { $0.failure } : nil
    }

    /// Takes note of a failure, if a call's result says so.
    /// - Returns: whether the call succeeded
    @discardableResult
    func succeeds(_ result: Int32, _ call: String) -> Bool {
        if _fastPath(result == 0) { return true }
        record(calls.failure(result, call))
        return false
    }

    private func record(_ failure: DeviceError) {
        state.withLock { if $0.failure == nil { $0.failure = failure } }
        hasFailed.store(true, ordering: .releasing)
    }

    /// Throws the failure, if there was one. After one of memory, the GPU can be used again.
    package func requireWorking() throws(DeviceError) {
        guard let failure else { return }
        state.withLock { $0.isReported = true }
        if case .outOfMemory = failure {
            state.withLock { ($0.failure, $0.isReported) = (nil, false) }
            hasFailed.store(false, ordering: .releasing)
        }
        throw failure
    }

    /// Whether there was a failure that nobody has been told of.
    var hasUnreportedFailure: Bool { failure != nil && state.withLock { !$0.isReported } }

    var isWorking: Bool { !hasFailed.load(ordering: .acquiring) }

    /// Whether memory can be copied: a GPU that ran out of memory still has what it had.
    private var canCopy: Bool {
        switch failure {
        case nil, .outOfMemory: true
        default: false
        }
    }

    /// Makes the calling thread's calls go to this GPU.
    private func select() { succeeds(calls.table.set_context(handle), "cuCtxSetCurrent") }

    func noteFallback() { state.withLock { $0.statistics.fallbacks += 1 } }

    /// Restarts the measurement of the peak at the number of bytes in use now.
    package func resetPeak() {
        state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
    }

    /// Waits until all work that was queued is done.
    package func synchronize() {
        guard isWorking else { return }
        select()
        succeeds(calls.table.synchronize(computing), "cuStreamSynchronize")
        state.withLock { $0.statistics.synchronizations += 1 }
    }
}

// MARK: - Memory

extension CUDAContext {
    /// Where memory is wanted: to be written by a kernel, or by a copy from the host.
    enum Purpose {
        case computing, uploading
    }

    /// A block of the GPU's memory with undefined contents; address 0 after a failure.
    func allocate(_ byteCount: Int, for purpose: Purpose) -> cc_address {
        guard isWorking else { return 0 }
        select()
        let stream = purpose == .computing ? computing : uploads.stream
        let size = max(1, byteCount)
        var address = cc_address(0)
        var result = calls.table.allocate(&address, size, stream)
        if result == CC_OUT_OF_MEMORY {
            // What is freed already may be waiting for its turn, or be kept in pieces.
            _ = calls.table.synchronize(computing)
            _ = calls.table.synchronize(uploads.stream)
            _ = calls.table.trim_pool(memoryPool, 0)
            result = calls.table.allocate(&address, size, stream)
        }
        guard result != CC_OUT_OF_MEMORY else {
            var (available, total) = (0, 0)
            _ = calls.table.memory_info(&available, &total)
            record(
                .outOfMemory(
                    device: name, requested: byteCount, inUse: statistics.bytesInUse, available: available,
                    total: total, advice: ""))
            return 0
        }
        guard succeeds(result, "cuMemAllocAsync") else { return 0 }
        state.withLock {
            $0.statistics.bytesInUse += byteCount
            $0.statistics.peakBytesInUse = max($0.statistics.peakBytesInUse, $0.statistics.bytesInUse)
        }
        return address
    }

    /// Frees a block once the work queued until now is done.
    func release(_ address: cc_address, _ byteCount: Int) {
        guard address != 0 else { return }
        state.withLock { $0.statistics.bytesInUse -= byteCount }
        // After a failure of a kernel, memory is gone with everything else.
        select()
        _ = calls.table.release(address, computing)
    }

    /// Copies from the host. The host's memory may be changed as soon as this returns; work that is queued
    /// later finds the copy made.
    func upload(_ bytes: UnsafeRawBufferPointer, to address: cc_address) {
        guard isWorking, address != 0, bytes.count > 0 else { return }
        select()
        uploads.copy(bytes, to: address, before: computing, self)
        state.withLock { $0.statistics.bytesUploaded += bytes.count }
    }

    /// Copies to the host, once the work queued until now is done, and waits for it. After a failure, or if
    /// this fails, `fillAfterFailure` takes the place of the copy.
    /// - Returns: whether the bytes were copied
    @discardableResult
    func download(_ address: cc_address, to bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard bytes.count > 0 else { return true }
        if canCopy {
            select()
            let copied = calls.table.copy_to_host(bytes.baseAddress!, address, bytes.count, computing)
            if succeeds(copied, "cuMemcpyDtoHAsync") {
                succeeds(calls.table.synchronize(computing), "cuStreamSynchronize")
            }
            state.withLock {
                $0.statistics.bytesDownloaded += bytes.count
                $0.statistics.synchronizations += 1
            }
        }
        guard canCopy else {
            Self.fillAfterFailure(bytes)
            return false
        }
        return true
    }

    /// What is read in place of something that a GPU could not compute: every byte is 0xFF, which is a NaN in
    /// floating-point types and -1 in integers. Ends the process if failures are not reported.
    static func fillAfterFailure(_ bytes: UnsafeMutableRawBufferPointer) {
        if !areFailuresReported {
            fail(opened.compactMap(\.failure).first.map { "\($0)" } ?? "a GPU failed before")
        }
        bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
    }

    /// The GPUs that were opened.
    static var opened: [CUDAContext] {
        contexts.withLock { contexts in contexts.values.compactMap { try? $0.get() } }
    }

    func clear(_ address: cc_address, _ byteCount: Int) {
        guard isWorking, address != 0, byteCount > 0 else { return }
        select()
        succeeds(calls.table.set_bytes(address, 0, byteCount, computing), "cuMemsetD8Async")
    }
}

// MARK: - Kernels

extension CUDAContext {
    /// Queues a kernel; nothing if the grid is empty.
    func launch(
        _ kernel: CUDAKernel, grid: CUDAExtent, block: CUDAExtent,
        _ arguments: (inout CUDAArguments) -> Void
    ) {
        guard grid.x > 0 && grid.y > 0 && grid.z > 0 else { return }
        withUnsafeTemporaryAllocation(byteCount: CUDAArguments.capacity, alignment: 16) { memory in
            var all = CUDAArguments(self, memory)
            arguments(&all)
            guard isWorking, let function = function(kernel) else { return }
            select()
            let result = withUnsafePointer(to: calls.table) { table in
                cc_launch(
                    table, function, grid.lengths, block.lengths, computing, memory.baseAddress!,
                    all.byteCount)
            }
            succeeds(result, "cuLaunchKernel of \(kernel.name)")
        }
        state.withLock { $0.statistics.launches += 1 }
    }

    /// Queues work by a call to a library.
    /// - Parameter refusals: results which mean that the library cannot do this, and nothing was queued
    /// - Returns: whether it was not refused
    @discardableResult
    func call(_ name: String, refusals: Range<Int32> = 0..<0, _ body: () -> Int32) -> Bool {
        guard isWorking else { return true }
        select()
        let result = libraries.withLock(body)
        if refusals.contains(result) { return false }
        if result != 0 {
            record(.failed(call: name, error: "error \(result)", reason: "of the library's own"))
        }
        state.withLock { $0.statistics.launches += 1 }
        return true
    }

    /// Asks a library for something that is not queued.
    func withLibraries<R>(_ body: () -> R) -> R {
        select()
        return libraries.withLock(body)
    }

    /// Modules are loaded when one of their kernels is first used.
    private func function(_ kernel: CUDAKernel) -> cc_handle? {
        let key = UInt(bitPattern: kernel.name.utf8Start)
        if let known = functions.withLock({ $0[key] }) { return known }
        guard let module = module(kernel.module) else { return nil }
        var function = cc_handle(0)
        select()
        let result = calls.table.function(&function, module, "\(kernel.name)")
        guard succeeds(result, "cuModuleGetFunction of \(kernel.name)") else { return nil }
        functions.withLock { $0[key] = function }
        return function
    }

    private func module(_ name: StaticString) -> cc_handle? {
        modules.withLock { modules in
            let key = UInt(bitPattern: name.utf8Start)
            if let known = modules[key] { return known }
            guard let text = cc_ptx("\(name)") else { fail("CUDA: there is no module \(name)") }
            var module = cc_handle(0)
            select()
            guard succeeds(calls.table.load_module(&module, text), "cuModuleLoadData of \(name)") else {
                return nil
            }
            modules[key] = module
            return module
        }
    }
}
