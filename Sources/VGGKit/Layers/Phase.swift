// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether a model is being trained or used. It is a property of the task: inference, unless `withPhase` says otherwise.
public enum Phase: Sendable {
    case training, inference

    @TaskLocal public static var current = Phase.inference
}

/// Runs `body` in a phase: in training dropout drops, and batch normalisation uses the batch's statistics and updates
/// its running ones.
public func withPhase<R>(_ phase: Phase, _ body: () throws -> R) rethrows -> R {
    try Phase.$current.withValue(phase) { try body() }
}

/// Where layers get their randomness: initial weights, and the masks of dropout. Each use takes the next of a sequence
/// of independent generators, so that one seed gives the same run again.
public final class RandomSource: Sendable {
    /// The source of the current task: seed 0, unless `withRandomSource` gives another.
    @TaskLocal public static var current = RandomSource(seed: 0)

    private let root: RandomGenerator
    private let uses = Atomic<UInt64>(0)

    public convenience init(seed: UInt64) { self.init(RandomGenerator(seed: seed)) }

    public init(_ root: RandomGenerator) { self.root = root }

    public func next() -> RandomGenerator {
        root.forked(uses.add(1, ordering: .relaxed).oldValue)
    }
}

/// Runs `body` with a source of randomness of its own.
/// ```swift
/// let model = withRandomSource(RandomSource(seed: 7)) { VGG.vgg11(classCount: 5) }
/// ```
public func withRandomSource<R>(_ source: RandomSource, _ body: () throws -> R) rethrows -> R {
    try RandomSource.$current.withValue(source) { try body() }
}
