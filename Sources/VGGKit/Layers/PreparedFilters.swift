// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A layer's filters as inference uses them, kept until what they were made from changes.
final class PreparedFilters: Sendable {
    static let areKept = Atomic<Bool>(true)

    private let state = Mutex<(versions: [Int], convolution: PreparedConvolution)?>(nil)

    /// What was made for this algorithm and these versions of the parameters, or what `make` makes.
    func value(
        for algorithm: ConvolutionPlan.Algorithm, versions: [Int], _ make: () -> PreparedConvolution
    ) -> PreparedConvolution {
        if let kept = state.withLock({ $0 }), kept.versions == versions,
            kept.convolution.algorithm == algorithm
        {
            return kept.convolution
        }
        drop()
        let made = make()
        if Self.areKept.load(ordering: .relaxed) { state.withLock { $0 = (versions, made) } }
        return made
    }

    func drop() { state.withLock { $0 = nil } }
}
