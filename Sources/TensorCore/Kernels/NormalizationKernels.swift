// SPDX-License-Identifier: Apache-2.0

/// The mean and biased variance of each channel.
struct ChannelMoments {
    let mean: Tensor
    let variance: Tensor

    func inverseDeviation(_ epsilon: Float) -> Tensor {
        Kernels.map(variance) { (value: Float) in Float(1 / (Double(value) + Double(epsilon)).squareRoot()) }
    }
}

/// Kernels over the rows `[N·H·W, C]` of channels-last images.
extension Kernels {
    static func channelMoments(_ x: Tensor) -> ChannelMoments {
        let channels = x.shape[1]
        let rows = x.count / channels
        let loops = loops
        // Moments about the first pixel: nothing cancels when the mean is large against the deviation.
        let shift = x.pointer
        let totals = accumulate(rows: rows, width: 2 * channels) { range, sums in
            loops.shifted_moments(
                range.count, channels, x.pointer + range.lowerBound * channels, shift, sums, sums + channels)
        }
        var mean: [Float] = []
        var variance: [Float] = []
        for c in 0..<channels {
            let offset = totals[c] / Double(rows)
            mean.append(Float(Double(shift[c]) + offset))
            variance.append(Float(Swift.max(0, totals[channels + c] / Double(rows) - offset * offset)))
        }
        return withExtendedLifetime(x) { ChannelMoments(mean: Tensor(mean), variance: Tensor(variance)) }
    }

    static func scaleShift(_ x: Tensor, scale: Tensor, shift: Tensor, relu: Bool) -> Tensor {
        forEachRowBlock(like: x) { rows, channels, start, out in
            loops.scale_shift(rows, channels, x.pointer + start, scale.pointer, shift.pointer, relu, out)
        }
    }

    /// `Σ g` and `Σ g (x - mean)` for each channel, with `g` masked by `output > 0`.
    static func normalizationSums(_ gradient: Tensor, _ x: Tensor, output: Tensor?, mean: Tensor) -> (
        Tensor, Tensor
    ) {
        let channels = x.shape[1]
        let totals = accumulate(rows: x.count / channels, width: 2 * channels) { range, sums in
            let start = range.lowerBound * channels
            loops.batch_norm_sums(
                range.count, channels, gradient.pointer + start, x.pointer + start,
                output.map { $0.pointer + start },
                mean.pointer, sums, sums + channels)
        }
        withExtendedLifetime((gradient, x, output, mean)) {}
        let values = totals.map { Float($0) }
        return (Tensor(Array(values[..<channels])), Tensor(Array(values[channels...])))
    }

    /// `gradientFactor · g + valueFactor · (x - mean) + constant` for each channel.
    static func normalizationPullback(
        _ gradient: Tensor, _ x: Tensor, output: Tensor?, mean: Tensor, gradientFactor: Tensor,
        valueFactor: Tensor,
        constant: Tensor
    ) -> Tensor {
        forEachRowBlock(like: x) { rows, channels, start, out in
            loops.batch_norm_pullback(
                rows, channels, gradient.pointer + start, x.pointer + start,
                output.map { $0.pointer + start },
                mean.pointer, gradientFactor.pointer, valueFactor.pointer, constant.pointer, out)
        }
    }

    /// Fills a tensor like `x` in blocks of rows: `body(rows, channels, first element, where to write)`.
    static func forEachRowBlock(
        like x: Tensor, _ body: (Int, Int, Int, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let result = Tensor(uninitialized: x.shape, order: .channelsLast)
        let channels = x.shape[1]
        ThreadPool.shared.split(x.count / Swift.max(1, channels), grain: Swift.max(1, 32768 / channels)) {
            range in
            let start = range.lowerBound * channels
            body(range.count, channels, start, result.mutablePointer + start)
        }
        return result
    }
}

extension Kernels {
    /// Fills a tensor like the contiguous `x` in blocks of rows along its last axis.
    static func rows(of x: Tensor, _ body: (Int, Int, Int, UnsafeMutablePointer<Float>) -> Void) -> Tensor {
        let result = Tensor(uninitialized: x.shape)
        guard let width = x.shape.last, x.count > 0 else { return result }
        ThreadPool.shared.split(x.count / width, grain: Swift.max(1, 4096 / width)) { range in
            let start = range.lowerBound * width
            body(range.count, width, start, result.mutablePointer + start)
        }
        withExtendedLifetime(x) {}
        return result
    }
}
