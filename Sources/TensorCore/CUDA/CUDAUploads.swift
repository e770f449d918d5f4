// SPDX-License-Identifier: Apache-2.0

import CCUDA

/// Copies from the host on a stream of their own, by way of blocks of pinned memory, so that they are made
/// while kernels run.
///
/// Sendable because the blocks are used by whoever has the lock.
final class CUDAUploads: @unchecked Sendable {
    let stream: cc_handle
    private let calls: CUDACalls
    private let blocks: Lock<[Block]>
    private let isDone: cc_handle

    private struct Block {
        let memory: UInt
        /// Recorded when the block's last copy was queued.
        let isFree: cc_handle
    }

    private static let blockCount = 4
    private static let blockSize = 4 << 20

    init(_ calls: CUDACalls) throws(DeviceError) {
        self.calls = calls
        func event() throws(DeviceError) -> cc_handle {
            var event = cc_handle(0)
            try calls.require(
                calls.table.create_event(&event, UInt32(CC_EVENT_DISABLE_TIMING)), "cuEventCreate")
            return event
        }
        var stream = cc_handle(0)
        try calls.require(
            calls.table.create_stream(&stream, UInt32(CC_STREAM_NON_BLOCKING)), "cuStreamCreate")
        self.stream = stream
        isDone = try event()
        var blocks: [Block] = []
        for _ in 0..<Self.blockCount {
            var memory: UnsafeMutableRawPointer?
            try calls.require(calls.table.allocate_pinned(&memory, Self.blockSize), "cuMemAllocHost")
            blocks.append(Block(memory: UInt(bitPattern: memory!), isFree: try event()))
        }
        self.blocks = Lock(blocks)
    }

    /// Copies, and lets what is queued on `computing` from now on wait for the copy. The context is current.
    func copy(
        _ bytes: UnsafeRawBufferPointer, to address: cc_address, before computing: cc_handle,
        _ context: CUDAContext
    ) {
        let table = calls.table
        blocks.withLock { blocks in
            for start in stride(from: 0, to: bytes.count, by: Self.blockSize) {
                let count = min(Self.blockSize, bytes.count - start)
                let block = blocks.removeFirst()
                blocks.append(block)
                let memory = UnsafeMutableRawPointer(bitPattern: block.memory)!
                context.succeeds(table.synchronize_event(block.isFree), "cuEventSynchronize")
                memory.copyMemory(from: bytes.baseAddress! + start, byteCount: count)
                context.succeeds(
                    table.copy_to_device(address + UInt64(start), memory, count, stream),
                    "cuMemcpyHtoDAsync")
                context.succeeds(table.record(block.isFree, stream), "cuEventRecord")
            }
            context.succeeds(table.record(isDone, stream), "cuEventRecord")
            context.succeeds(table.wait(computing, isDone, 0), "cuStreamWaitEvent")
        }
    }
}
