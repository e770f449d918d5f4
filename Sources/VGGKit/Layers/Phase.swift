// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether a model is being trained or used. Each task has its own phase: inference, unless `withPhase` sets
/// another.
public enum Phase: Sendable {
    case training, inference

    /// The phase of the current task. Layers read it when they are called; `withPhase` sets it.
    @TaskLocal public static var current = Phase.inference
}

/// Runs `body` in a phase. In training, dropout is active, and batch normalisation uses the batch's
/// statistics and updates its running statistics.
public func withPhase<R>(_ phase: Phase, _ body: () throws -> R) rethrows -> R {
    try Phase.$current.withValue(phase) { try body() }
}

/// The same for an asynchronous body. Child tasks (`async let`, task groups) inherit it.
@_disfavoredOverload
public func withPhase<R>(
    _ phase: Phase, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
    try await Phase.$current.withValue(phase, operation: body, isolation: isolation)
}

/// The source of layers' random numbers: initial weights and dropout masks. Each use takes the next of a
/// sequence of independent generators, so that the same seed gives the same run.
public final class RandomSource: Sendable {
    /// The source of the current task: seed 0, unless `withRandomSource` gives another.
    @TaskLocal public static var current = RandomSource(seed: 0)

    private let root: RandomGenerator
    private let uses = Atomic<UInt64>(0)
    /// The position of the task's first sample in the batch that several processes share.
    private let firstSample: Int

    /// The sequence of a seed: equal seeds give equal sequences.
    public convenience init(seed: UInt64) { self.init(RandomGenerator(seed: seed)) }

    /// The sequence of a generator's seed and stream. The generator's position does not matter.
    /// - Parameter firstSample: the position of the task's first sample in a batch that several processes
    ///   share, each with the same generator (`Batch.firstPosition`); 0 if there are no others
    public init(_ root: RandomGenerator, firstSample: Int = 0) {
        self.root = root
        self.firstSample = firstSample
    }

    /// The next generator of the sequence. Several tasks may call it at once, but then the order of the calls
    /// decides which task gets which generator.
    public func next() -> RandomGenerator {
        root.forked(uses.add(1, ordering: .relaxed).oldValue)
    }

    /// The next generator, at the position where it makes one word for each element of a tensor `[N, …]` of
    /// samples: the numbers are those of one process with all samples.
    public func next(for samples: Tensor) -> RandomGenerator {
        let generator = next()
        guard firstSample > 0, samples.rank > 0, samples.shape[0] > 0 else { return generator }
        let position = firstSample * (samples.count / samples.shape[0])
        return RandomGenerator(seed: generator.seed, stream: generator.stream, position: UInt64(position))
    }
}

/// Runs `body` with its own source of random numbers.
/// ```swift
/// let model = withRandomSource(RandomSource(seed: 7)) { VGG.vgg11(classCount: 5) }
/// ```
public func withRandomSource<R>(_ source: RandomSource, _ body: () throws -> R) rethrows -> R {
    try RandomSource.$current.withValue(source) { try body() }
}

/// The same for an asynchronous body. Child tasks (`async let`, task groups) inherit it.
@_disfavoredOverload
public func withRandomSource<R>(
    _ source: RandomSource, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
    try await RandomSource.$current.withValue(source, operation: body, isolation: isolation)
}
