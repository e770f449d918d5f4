// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Adds the gradients of all ranks while the backward pass goes on: parameters whose gradients are complete
/// are put into buckets, and a thread of its own exchanges the full ones, in the same order on every rank.
package final class GradientReduction {
    private var buckets: [Bucket] = []
    private var bucketOf: [ObjectIdentifier: Int] = [:]
    private let exchange: BucketExchange
    private let size: Int
    private var current: [ObjectIdentifier] = []
    /// The buckets that were given to the exchange.
    private var sent = 0
    /// What this rank's gradients are multiplied with, so that those of all ranks can be added: the number of
    /// its samples if they are means over them, 1 if they are sums, 0 if there are none.
    var scale: Float = 1

    private let bucketSize: Int

    /// - Parameters:
    ///   - communicator: used by this alone
    ///   - bucketSize: a bucket has at most so many bytes, or one parameter; about as many as PyTorch's: long
    ///     enough for the network, short enough to begin early
    package init(
        _ communicator: any Communicator, _ transport: GradientTransport, bucketSize: Int = 25 << 20
    ) {
        size = communicator.size
        self.bucketSize = bucketSize
        exchange = BucketExchange(communicator, transport)
    }

    /// The parameters that have gradients from now on.
    /// - Parameter parameters: in the model's order; the last ones have their gradients first
    package func setParameters(_ parameters: [Parameter]) {
        let identities = parameters.map(ObjectIdentifier.init)
        guard identities != current else { return }
        current = identities
        var groups: [[Parameter]] = []
        var room = 0
        for parameter in parameters.reversed() {
            let bytes = 4 * parameter.value.count
            if bytes > room || groups.isEmpty {
                groups.append([])
                room = bucketSize
            }
            groups[groups.count - 1].append(parameter)
            room -= bytes
        }
        buckets = groups.map { Bucket($0, ranks: size) }
        bucketOf = Dictionary(
            uniqueKeysWithValues: groups.enumerated().flatMap { number, group in
                group.map { (ObjectIdentifier($0), number) }
            })
    }

    deinit { exchange.stop() }

    /// Before the backward pass of a step.
    package func begin(scale: Float) {
        self.scale = scale
        sent = 0
        for bucket in buckets { bucket.missing = bucket.parameters.count }
    }

    /// A parameter's gradient is complete.
    package func add(_ parameter: Parameter) {
        guard let number = bucketOf[ObjectIdentifier(parameter)] else { return }
        buckets[number].missing -= 1
        while sent < buckets.count, buckets[sent].missing <= 0 { send() }
    }

    /// Sends what was not complete, waits for all sums, and makes them the gradients.
    /// - Parameter count: the samples of all ranks, by which the sums are divided; 0 if there are none, and
    ///   the gradients stay as they are
    /// - Throws: `CommunicationError`
    package func finish(dividingBy count: Float) throws(CommunicationError) {
        while sent < buckets.count { send() }
        try exchange.wait()
        guard count > 0 else { return }
        for bucket in buckets { bucket.unpack(dividingBy: count) }
    }

    private func send() {
        buckets[sent].pack(scale: scale)
        exchange.begin(buckets[sent])
        sent += 1
    }
}

/// Some parameters whose gradients are exchanged together.
///
/// Sendable because `numbers` is the exchange's from `begin` until its `wait` returns, and the reduction's
/// otherwise.
private final class Bucket: @unchecked Sendable {
    let parameters: [Parameter]
    /// How many gradients are not complete.
    var missing = 0
    /// The gradients one after the other; then for each parameter how many ranks have a gradient; then zeros,
    /// so that each rank's piece has the same length.
    let numbers: UnsafeMutableBufferPointer<Float>
    private let flags: Int
    private let counts: [Int]
    /// Strides of the gradients in the bucket, those of the values: the optimizer takes them as they are.
    private let layouts: [[Int]]

    init(_ parameters: [Parameter], ranks: Int) {
        self.parameters = parameters
        counts = parameters.map(\.value.count)
        layouts = parameters.map { $0.value.isDense ? $0.value.strides : Shape.strides($0.shape) }
        flags = counts.reduce(0, +)
        numbers = .allocate(capacity: (flags + parameters.count + ranks - 1) / ranks * ranks)
        numbers.initialize(repeating: 0)
    }

    deinit { numbers.deallocate() }

    func pack(scale: Float) {
        var start = 0
        for (index, parameter) in parameters.enumerated() {
            let target = UnsafeMutableBufferPointer(rebasing: numbers[start..<start + counts[index]])
            start += counts[index]
            if scale != 0, let gradient = parameter.gradient {
                gradient.laidOut(as: layouts[index]).withScalars(Float.self) { values in
                    for index in values.indices { target[index] = values[index] * scale }
                }
                numbers[flags + index] = 1
            } else {
                target.update(repeating: 0)
                numbers[flags + index] = 0
            }
        }
    }

    /// A parameter that no rank has a gradient of keeps none.
    func unpack(dividingBy count: Float) {
        var start = 0
        for (index, parameter) in parameters.enumerated() {
            let source = UnsafeBufferPointer(rebasing: numbers[start..<start + counts[index]])
            start += counts[index]
            guard numbers[flags + index] > 0 else {
                parameter.gradient = nil
                continue
            }
            var gradient = Tensor(uninitialized: parameter.shape, strides: layouts[index])
            gradient.withMutableScalars(Float.self) { values in
                for index in values.indices { values[index] = source[index] / count }
            }
            parameter.gradient = gradient
        }
    }
}

/// The thread that exchanges buckets, one after the other.
///
/// Sendable because what changes is only touched while `condition` is locked.
private final class BucketExchange: @unchecked Sendable {
    private let sum: RankSum
    private let condition = NSCondition()
    private var waiting: [Bucket] = []
    private var running = 0
    private var failure: CommunicationError?
    private var isStopped = false

    init(_ communicator: any Communicator, _ transport: GradientTransport) {
        sum = RankSum(communicator, transport)
        let thread = Thread { [self] in while let next = next() { exchange(next) } }
        thread.name = "vggkit-gradients"
        thread.start()
    }

    func begin(_ bucket: Bucket) {
        condition.withLock {
            waiting.append(bucket)
            running += 1
            condition.broadcast()
        }
    }

    func wait() throws(CommunicationError) {
        let failure = condition.withLock {
            while running > 0 { condition.wait() }
            return self.failure
        }
        if let failure { throw failure }
    }

    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    private func next() -> Bucket? {
        condition.withLock {
            while waiting.isEmpty && !isStopped { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }

    private func exchange(_ bucket: Bucket) {
        var failed: CommunicationError?
        // After a failure, the ranks are no longer in step.
        if condition.withLock({ failure == nil }) {
            do throws(CommunicationError) { try sum(bucket.numbers) } catch { failed = error }
        }
        condition.withLock {
            failure = failure ?? failed
            running -= 1
            condition.broadcast()
        }
    }
}
