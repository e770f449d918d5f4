// SPDX-License-Identifier: Apache-2.0

/// The mean and biased variance of each channel.
struct ChannelMoments {
    let mean: Tensor
    let variance: Tensor
    /// The rounding error of the float32 mean. It matters where the mean is large against the deviation.
    let remainder: Tensor

    /// Statistics that are given, not measured.
    init(mean: Tensor, variance: Tensor) {
        (self.mean, self.variance) = (mean.rowMajor, variance.rowMajor)
        remainder = Kernels.zeros(mean.shape)
    }

    init(mean: [Double], variance: [Double]) {
        let rounded = mean.map { Float($0) }
        self.mean = Tensor(rounded)
        self.variance = Tensor(variance.map { Float($0) })
        remainder = Tensor(zip(mean, rounded).map { Float($0 - Double($1)) })
    }

    init(mean: Tensor, variance: Tensor, remainder: Tensor) {
        (self.mean, self.variance, self.remainder) = (mean, variance, remainder)
    }

    func inverseDeviation(_ epsilon: Float) -> Tensor {
        if let gpu = Kernels.gpu { return gpu.inverseDeviation(variance, epsilon) }
        return Kernels.map(variance) { (value: Float) in
            Float(1 / (Double(value) + Double(epsilon)).squareRoot())
        }
    }
}

/// Kernels over the rows `[N·H·W, C]` of channels-last images.
extension Kernels {
    static func channelMoments(_ x: Tensor) -> ChannelMoments {
        if let gpu { return gpu.channelMoments(x) }
        let rows = x.count / x.shape[1]
        let (mean, squares) = columnMoments(x.pointer, rows: rows, channels: x.shape[1])
        return withExtendedLifetime(x) {
            ChannelMoments(mean: mean, variance: squares.map { $0 / Double(rows) })
        }
    }

    /// `(x - mean) · scale + shift` for each channel.
    static func normalize(_ x: Tensor, mean: Tensor, scale: Tensor, shift: Tensor, relu: Bool) -> Tensor {
        if let gpu { return gpu.normalize(x, mean: mean, scale: scale, shift: shift, relu: relu) }
        return forEachRowBlock(like: x) { rows, channels, start, out in
            loops.normalize(
                rows, channels, x.pointer + start, mean.pointer, scale.pointer, shift.pointer, relu, out)
        }
    }

    /// `Σ g` and `Σ g (x - mean)` for each channel, with `g` as 0 where `output` is 0 or less.
    static func normalizationSums(
        _ gradient: Tensor, _ x: Tensor, output: Tensor?, _ moments: ChannelMoments
    ) -> (Tensor, Tensor) {
        if let gpu { return gpu.normalizationSums(gradient, x, output: output, moments) }
        let (channels, mean) = (x.shape[1], moments.mean)
        let totals = accumulate(rows: x.count / channels, width: 2 * channels) { range, sums in
            let start = range.lowerBound * channels
            loops.batch_norm_sums(
                range.count, channels, gradient.pointer + start, x.pointer + start,
                output.map { $0.pointer + start },
                mean.pointer, sums, sums + channels)
        }
        withExtendedLifetime((gradient, x, output, mean)) {}
        let (sums, rest) = (totals[..<channels], moments.remainder.floats)
        let products = zip(totals[channels...], zip(sums, rest)).map { Float($0 - $1.0 * Double($1.1)) }
        return (Tensor(sums.map { Float($0) }), Tensor(products))
    }

    /// `gradientFactor · g` for each channel, plus `valueFactor · (x - mean) + constant` where the statistics
    /// are the batch's own.
    static func normalizationPullback(
        _ gradient: Tensor, _ x: Tensor, output: Tensor?, mean: Tensor, gradientFactor: Tensor,
        statistics: (valueFactor: Tensor, constant: Tensor)?
    ) -> Tensor {
        if let gpu {
            return gpu.normalizationPullback(
                gradient, x, output: output, mean: mean, gradientFactor: gradientFactor,
                statistics: statistics)
        }
        let (valueFactor, constant) = (statistics?.valueFactor.pointer, statistics?.constant.pointer)
        return withExtendedLifetime(statistics) {
            forEachRowBlock(like: x) { rows, channels, start, out in
                loops.batch_norm_pullback(
                    rows, channels, gradient.pointer + start, x.pointer + start,
                    output.map { $0.pointer + start }, mean.pointer, gradientFactor.pointer, valueFactor,
                    constant, out)
            }
        }
    }

    /// Local response normalisation, and the scale that its pullback takes.
    static func responseNorm(_ x: Tensor, size: Int, alpha: Float, beta: Float, k: Float) -> (
        value: Tensor, scale: Tensor
    ) {
        if let gpu { return gpu.responseNorm(x, size: size, alpha: alpha, beta: beta, k: k) }
        let scale = Tensor(uninitialized: x.shape, order: .channelsLast)
        let value = forEachRowBlock(like: x) { rows, channels, start, out in
            loops.response_norm(
                rows, channels, x.pointer + start, size, alpha, beta, k, scale.mutablePointer + start, out)
        }
        return (value, scale)
    }

    static func responseNormPullback(
        _ gradient: Tensor, _ x: Tensor, scale: Tensor, size: Int, alpha: Float, beta: Float
    ) -> Tensor {
        if let gpu {
            return gpu.responseNormPullback(gradient, x, scale: scale, size: size, alpha: alpha, beta: beta)
        }
        return forEachRowBlock(like: x) { rows, channels, start, out in
            let scratch = Tensor(uninitialized: [channels])
            loops.response_norm_pullback(
                rows, channels, gradient.pointer + start, x.pointer + start, scale.pointer + start, size,
                alpha, beta, scratch.mutablePointer, out)
        }
    }

    /// Fills a tensor like `x` in blocks of rows: `body(rows, channels, first element, where to write)`.
    private static func forEachRowBlock(
        like x: Tensor, _ body: (Int, Int, Int, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let result = Tensor(uninitialized: x.shape, order: .channelsLast)
        let channels = x.shape[1]
        ThreadPool.shared.split(
            x.count / Swift.max(1, channels), grain: Swift.max(1, 32768 / Swift.max(1, channels))
        ) {
            range in
            let start = range.lowerBound * channels
            body(range.count, channels, start, result.mutablePointer + start)
        }
        return result
    }
}
