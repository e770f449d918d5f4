// SPDX-License-Identifier: Apache-2.0

/// Sums over all ranks. Each rank adds up one piece of the numbers, in the order of the ranks, and gives the
/// sums to the others. So every rank has the same bits, whichever library transports them.
package final class RankSum {
    private let communicator: any Communicator
    private let transport: GradientTransport
    /// Scratch buffers: what is sent, and what is received.
    private var buffers: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer)

    package init(_ communicator: any Communicator, _ transport: GradientTransport = .float32) {
        self.communicator = communicator
        self.transport = transport
        buffers = (.allocate(byteCount: 0, alignment: 64), .allocate(byteCount: 0, alignment: 64))
    }

    deinit {
        buffers.0.deallocate()
        buffers.1.deallocate()
    }

    /// Replaces each number by its sum over the ranks.
    /// - Parameter numbers: as many on every rank
    package func callAsFunction(_ numbers: UnsafeMutableBufferPointer<Float>) throws(CommunicationError) {
        guard numbers.count > 0 else { return }
        switch transport {
        case .float32 where numbers.count % communicator.size == 0: try addInPlace(numbers)
        case .float32: try add(numbers, encoded: { $0 }, decoded: { $0 })
        case .bfloat16: try add(numbers, encoded: { BFloat16($0) }, decoded: { $0.floatValue })
        }
    }

    /// The same as `add`, with fewer copies.
    private func addInPlace(_ numbers: UnsafeMutableBufferPointer<Float>) throws(CommunicationError) {
        let size = communicator.size
        let length = numbers.count / size
        let count = numbers.count * MemoryLayout<Float>.stride
        reserve(count)
        let (sums, received) = (buffers.0.bindMemory(to: Float.self), buffers.1.bindMemory(to: Float.self))
        let bytes = UnsafeMutableRawBufferPointer(numbers)
        try communicator.allToAll(.init(bytes), into: .init(rebasing: buffers.1[..<count]))
        for index in 0..<length {
            var sum = received[index]
            for rank in 1..<size { sum += received[rank * length + index] }
            sums[index] = sum
        }
        try communicator.allGather(.init(rebasing: buffers.0[..<(count / size)]), into: bytes)
    }

    /// - Parameters:
    ///   - encoded: a number as it is sent
    ///   - decoded: a number as it was received
    @inline(__always)
    private func add<N: BitwiseCopyable>(
        _ numbers: UnsafeMutableBufferPointer<Float>, encoded: (Float) -> N, decoded: (N) -> Float
    ) throws(CommunicationError) {
        let size = communicator.size
        let length = (numbers.count + size - 1) / size
        reserve(size * length * MemoryLayout<N>.stride)
        let (sent, received) = (buffers.0.bindMemory(to: N.self), buffers.1.bindMemory(to: N.self))
        for index in numbers.indices { sent[index] = encoded(numbers[index]) }
        for index in numbers.count..<size * length { sent[index] = encoded(0) }
        let count = size * length * MemoryLayout<N>.stride
        try communicator.allToAll(
            .init(rebasing: buffers.0[..<count]), into: .init(rebasing: buffers.1[..<count]))
        for index in 0..<length {
            var sum = decoded(received[index])
            for rank in 1..<size { sum += decoded(received[rank * length + index]) }
            sent[index] = encoded(sum)
        }
        try communicator.allGather(
            .init(rebasing: buffers.0[..<(count / size)]), into: .init(rebasing: buffers.1[..<count]))
        for index in numbers.indices { numbers[index] = decoded(received[index]) }
    }

    private func reserve(_ byteCount: Int) {
        guard buffers.0.count < byteCount else { return }
        buffers.0.deallocate()
        buffers.1.deallocate()
        buffers = (
            .allocate(byteCount: byteCount, alignment: 64), .allocate(byteCount: byteCount, alignment: 64)
        )
    }
}
