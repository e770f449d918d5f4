// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A layer's filters as inference uses them. They are kept from the second call on, until what they were made from
/// changes: a program that classifies one photo needs no memory for them.
final class PreparedFilters: Sendable {
    static let areKept = Atomic<Bool>(true)

    private struct State {
        /// What the last call's filters were made from.
        var versions: [Int] = []
        var kept: PreparedConvolution?
    }

    private let state = Lock(State())

    /// What was made for this algorithm and these versions of the parameters, or what `make` makes.
    func value(
        for algorithm: ConvolutionPlan.Algorithm, versions: [Int], _ make: () -> PreparedConvolution
    ) -> PreparedConvolution {
        let last = state.withLock { $0 }
        if let kept = last.kept, last.versions == versions, kept.algorithm == algorithm { return kept }
        drop()
        let made = make()
        let keeps = last.versions == versions && Self.areKept.load(ordering: .relaxed)
        state.withLock { $0 = State(versions: versions, kept: keeps ? made : nil) }
        return made
    }

    var areHeld: Bool { state.withLock { $0.kept != nil } }

    func drop() { state.withLock { $0 = State() } }
}
