// SPDX-License-Identifier: Apache-2.0

import Checks

/// In training sets each element to 0 with probability `rate` and divides the others by `1 - rate`; at inference the
/// identity (Srivastava et al., 2014).
public struct Dropout: SummarizedLayer {
    public let rate: Float

    public init(rate: Float = 0.5, file: StaticString = #fileID, line: UInt = #line) {
        check(rate >= 0 && rate <= 1, "Dropout: rate \(rate) is not a probability", file: file, line: line)
        self.rate = rate
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            Phase.current == .training
                ? dropout(input, rate: rate, using: RandomSource.current.next()) : input
        }
    }

    public var description: String { "Dropout(\(rate))" }
}
