// SPDX-License-Identifier: Apache-2.0

import Checks

/// Stochastic depth. In training it sets each sample of a batch to 0 with probability `rate` and divides the
/// others by `1 - rate`. At inference it does nothing. As torchvision's `StochasticDepth` in mode `row`.
///
/// On the residual of a block it skips the block for some of the samples: only the shortcut remains.
///
/// G. Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016. https://arxiv.org/abs/1603.09382
public struct StochasticDepth: SummarizedLayer {
    /// The probability that a sample is set to 0 in training.
    public let rate: Float

    /// - Parameter rate: 0 … 1
    public init(rate: Float, file: StaticString = #fileID, line: UInt = #line) {
        check(
            rate >= 0 && rate <= 1, "StochasticDepth: rate \(rate) is not a probability", file: file,
            line: line)
        self.rate = rate
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            guard Phase.current == .training, rate > 0 else { return input }
            // One number for each sample, `[N, 1, …]`, which multiplies all its elements.
            let ones = Tensor.ones(input.shape.enumerated().map { axis, length in axis == 0 ? length : 1 })
            return input * dropout(ones, rate: rate, using: RandomSource.current.next(for: ones))
        }
    }

    public var description: String { "StochasticDepth(\(rate))" }
}
