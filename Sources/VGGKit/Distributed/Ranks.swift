// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The ranks of a run, and how they agree. A run without a communicator has one rank, and nothing here costs
/// anything.
package struct Ranks: Sendable {
    /// Nil for one rank.
    let communicator: (any Communicator)?

    package init(_ communicator: (any Communicator)?) {
        self.communicator = communicator.flatMap { $0.size > 1 ? $0 : nil }
    }

    package var rank: Int { communicator?.rank ?? 0 }
    package var size: Int { communicator?.size ?? 1 }
    /// Whether this is the rank that prints, and that writes files.
    package var isFirst: Bool { rank == 0 }

    /// Whether this process has thrown an error that every rank has thrown: it needs to be printed once.
    package static let hasAgreedOnFailure = Atomic<Bool>(false)

    /// Runs `body` on every rank. If it throws on any, it throws on all: its own error where it failed,
    /// `CommunicationError.rankFailed` on the others.
    package func together<R>(_ body: () throws -> R) throws -> R {
        guard let communicator else { return try body() }
        let result = Result { try body() }
        var own = Data()
        if case .failure(let error) = result { own = Data("\(error)".utf8) + [0] }
        let messages = try communicator.allGather(own)
        guard let failed = messages.firstIndex(where: { !$0.isEmpty }) else { return try result.get() }
        Self.hasAgreedOnFailure.store(true, ordering: .relaxed)
        _ = try result.get()
        throw CommunicationError.rankFailed(
            failed, reason: String(decoding: messages[failed].dropLast(), as: UTF8.self))
    }

    /// Runs `body` on the first rank alone, while the others wait. If it throws, it throws on all.
    package func first(_ body: () throws -> Void) throws {
        try together { if isFirst { try body() } }
    }

    /// Runs `body` with batch normalisation by the statistics of all ranks' images.
    /// - Parameter weight: the number of this rank's samples, if its loss is a mean over them; 1 if it is a
    ///   sum
    func withSharedStatistics<R>(weight: Double, _ body: () throws -> R) throws -> R {
        guard let communicator else { return try body() }
        // Layers do not throw.
        let failure = Lock<(any Error)?>(nil)
        let exchange = StatisticsExchange(weight: weight) { own in
            do { return try gather(numbers: own) } catch {
                failure.withLock { $0 = $0 ?? error }
                return Array(repeating: own, count: communicator.size)
            }
        }
        let result = try SharedStatistics.$exchange.withValue(exchange, operation: body)
        if let error = failure.withLock({ $0 }) { throw error }
        return result
    }

    /// Whether any rank says so.
    func any(_ isTrue: Bool) throws -> Bool {
        guard let communicator else { return isTrue }
        return try communicator.allGather(value: UInt8(isTrue ? 1 : 0)).contains(1)
    }

    /// A value of each rank, in the order of the ranks. Numbers in it must be finite.
    func gather<T: Codable>(json value: T) throws -> [T] {
        guard let communicator else { return [value] }
        return try communicator.allGather(JSONEncoder().encode(value)).map {
            try JSONDecoder().decode(T.self, from: $0)
        }
    }

    /// Numbers of each rank, in the order of the ranks.
    func gather<T: BitwiseCopyable>(numbers values: [T]) throws -> [[T]] {
        guard let communicator else { return [values] }
        return try communicator.allGather(values.withUnsafeBytes { Data($0) }).map { data in
            guard !data.isEmpty else { return [] }
            return [T](unsafeUninitializedCapacity: data.count / MemoryLayout<T>.stride) { buffer, count in
                count = data.count / MemoryLayout<T>.stride
                _ = data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
            }
        }
    }

    /// The samples that each rank has skipped, in the order of the ranks, with the errors in words.
    func gather(skipped samples: [SkippedSample]) throws -> [[SkippedSample]] {
        let all = try gather(json: samples.map { RemoteSample(index: $0.index, error: "\($0.error)") })
        return all.map { samples in
            samples.map { SkippedSample(index: $0.index, error: RemoteError(description: $0.error)) }
        }
    }

    /// Gives all ranks the first one's weights, and its buffers.
    func shareState(of model: some Layer, withBuffers: Bool) throws {
        guard let communicator else { return }
        for (_, state) in LayerContents(of: model).state {
            switch state {
            case .parameter(let parameter): parameter.value = try share(parameter.value, communicator)
            case .buffer(let buffer):
                if withBuffers { buffer.value = try share(buffer.value, communicator) }
            }
        }
    }

    private func share(_ tensor: Tensor, _ communicator: any Communicator) throws -> Tensor {
        var shared = tensor.contiguous()
        try shared.withMutableBytes { try communicator.broadcast($0, from: 0) }
        return tensor.isDense ? shared.laidOut(as: tensor.strides) : shared
    }

    /// Replaces each buffer by its mean over the ranks, which have seen other images.
    func average(_ buffers: [Buffer]) throws {
        guard let communicator else { return }
        let sum = RankSum(communicator)
        for buffer in buffers {
            if buffer.value.scalarType == .int32 { try takeLargest(of: buffer) }
            guard buffer.value.scalarType == .float32 else { continue }
            var value = buffer.value.contiguous()
            try value.withMutableScalars(Float.self) { numbers in
                try sum(numbers)
                for index in numbers.indices { numbers[index] /= Float(size) }
            }
            buffer.value = value
        }
    }

    /// Of counters: ranks without images in a step have not counted it.
    private func takeLargest(of buffer: Buffer) throws {
        let all = try gather(numbers: buffer.value.scalars(Int32.self))
        let largest = all[0].indices.map { index in all.map { $0[index] }.max()! }
        buffer.value = Tensor(largest, shape: buffer.value.shape)
    }

    /// Throws if the ranks' weights are not the same bits.
    /// - Throws: `CommunicationError.ranksDiffer`
    func requireEqualWeights(of model: some Layer, epoch: Int) throws {
        guard let communicator else { return }
        let hashes = try communicator.allGather(value: model.weightHash)
        guard let other = hashes.firstIndex(where: { $0 != hashes[0] }) else { return }
        throw CommunicationError.ranksDiffer(rank: other, epoch: epoch)
    }

    /// Throws if the ranks are about to do different things: they would wait for each other for ever.
    /// - Parameter settings: what must be the same, by name
    /// - Throws: `CommunicationError.settingsDiffer`
    func requireEqual(_ settings: KeyValuePairs<String, String>) throws {
        guard communicator != nil else { return }
        let all = try gather(json: settings.map { [$0.key, $0.value] })
        for (rank, found) in all.enumerated() {
            for (own, first) in zip(found, all[0]) where own != first {
                throw CommunicationError.settingsDiffer(
                    rank: rank, setting: own[0], found: own[1], expected: first[1])
            }
        }
    }
}

extension Layer {
    /// A hash of all parameters' bits.
    fileprivate var weightHash: UInt64 {
        parameters.reduce(into: 0xcbf2_9ce4_8422_2325) { hash, parameter in
            parameter.value.contiguous().withScalars(Float.self) { values in
                for value in values { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
            }
        }
    }
}

/// A sample that another rank has skipped.
private struct RemoteSample: Codable {
    var index: Int
    var error: String
}

/// An error of another rank, in its words.
private struct RemoteError: DescribedError {
    var description: String
}
