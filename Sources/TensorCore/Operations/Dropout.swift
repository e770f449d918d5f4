// SPDX-License-Identifier: Apache-2.0

import Checks

/// Sets each element to 0 with probability `rate` and divides the others by `1 - rate` (Srivastava et al.,
/// 2014).
///
/// The mask depends only on the generator's seed, stream and position, of which each element takes one word.
/// It is not kept: the backward pass draws it again.
public func dropout(
    _ input: Tensor, rate: Float, using generator: RandomGenerator, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "dropout", file: file, line: line)
    check(rate >= 0 && rate <= 1, "dropout: rate \(rate) is not a probability", file: file, line: line)
    guard rate > 0 else { return input }
    // Zero for every draw below the threshold; 2³² itself does not fit, and rate 1 keeps nothing anyway.
    let threshold = UInt32(min(Double(rate) * 0x1p32, 0x1p32 - 1))
    let scale = rate < 1 ? 1 / (1 - rate) : 0
    return differentiable(input) { x in
        let strides = x.isDense ? x.strides : Shape.strides(x.shape)
        func apply(_ x: Tensor) -> Tensor {
            Kernels.dropout(
                x.laidOut(as: strides), below: threshold, scale: scale, generator)
        }
        return (apply(x), apply)
    }
}
