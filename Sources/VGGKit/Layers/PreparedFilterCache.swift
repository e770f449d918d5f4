// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A layer's filters in the form that inference uses. They are kept from the second call on, until the
/// parameters change. So a program that classifies a single photo needs no memory for them.
final class PreparedFilterCache: Sendable {
    static let areKept = Atomic<Bool>(true)

    private struct State {
        /// The parameters' versions at the last call.
        var versions: [Int] = []
        var kept: PreparedConvolution?
    }

    private let state = Lock(State())

    /// The kept filters, if they were made from these versions of the parameters and suit the convolution;
    /// else the result of `make`.
    func value(
        for geometry: ConvolutionGeometry, versions: [Int], _ make: () -> PreparedConvolution
    ) -> PreparedConvolution {
        let last = state.withLock { $0 }
        if let kept = last.kept, last.versions == versions, kept.suits(geometry) { return kept }
        drop()
        let made = make()
        let keeps = last.versions == versions && Self.areKept.load(ordering: .relaxed)
        state.withLock { $0 = State(versions: versions, kept: keeps ? made : nil) }
        return made
    }

    var areHeld: Bool { state.withLock { $0.kept != nil } }

    func drop() { state.withLock { $0 = State() } }
}
