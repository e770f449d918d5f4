// SPDX-License-Identifier: Apache-2.0

import Dispatch
import TensorCore

extension Array where Element: Sendable {
    /// The result for each element, computed on several threads if there are at least `least` elements.
    /// - Throws: the first element's error among those that `transform` throws
    func concurrentMap<Result: Sendable, Failure: Error>(
        least: Int = 2, _ transform: @Sendable (Element) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        guard count >= least else { return try map(transform) }
        let results = Lock<[Swift.Result<Result, Failure>?]>(
            [Swift.Result<Result, Failure>?](repeating: nil, count: count))
        withoutActuallyEscaping(transform) { transform in
            DispatchQueue.concurrentPerform(iterations: count) { index in
                let result = Swift.Result { () throws(Failure) in try transform(self[index]) }
                results.withLock { $0[index] = result }
            }
        }
        return try results.withLock { $0 }.map { result throws(Failure) in try result!.get() }
    }
}
