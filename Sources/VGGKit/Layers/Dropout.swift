// SPDX-License-Identifier: Apache-2.0

import Checks

/// Dropout (Srivastava et al., 2014). In training it sets each element to 0 with probability `rate` and
/// divides the others by `1 - rate`. At inference it does nothing.
public struct Dropout: SummarizedLayer {
    /// The probability that an element is set to 0 in training.
    public let rate: Float

    /// - Parameter rate: 0 … 1
    public init(rate: Float = 0.5, file: StaticString = #fileID, line: UInt = #line) {
        check(rate >= 0 && rate <= 1, "Dropout: rate \(rate) is not a probability", file: file, line: line)
        self.rate = rate
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            Phase.current == .training
                ? dropout(input, rate: rate, using: RandomSource.current.next(for: input)) : input
        }
    }

    public var description: String { "Dropout(\(rate))" }
}
