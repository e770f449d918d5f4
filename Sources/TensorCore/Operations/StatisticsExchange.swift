// SPDX-License-Identifier: Apache-2.0

/// How several processes, each with a part of a batch, tell each other the statistics of their parts, so that
/// all normalise by those of the whole batch.
package struct StatisticsExchange: Sendable {
    /// The numbers of all processes, in their order. All must call it the same number of times.
    private let gather: @Sendable ([Double]) -> [[Double]]
    /// What a gradient of this process counts in that of all: its loss is a mean over so many samples.
    private let weight: Double

    /// - Parameters:
    ///   - weight: the number of samples that this process's loss is a mean over; 1 if it is a sum
    ///   - gather: gives the numbers of all processes for those of this one
    package init(weight: Double, gather: @escaping @Sendable ([Double]) -> [[Double]]) {
        self.weight = weight
        self.gather = gather
    }

    /// Sums over all processes, of gradients of this process's loss.
    func joined(_ sums: Tensor, _ products: Tensor) -> (Tensor, Tensor) {
        let own = (sums.floats + products.floats).map { Double($0) * weight }
        let all = gather(own)
        guard weight > 0 else { return (sums, products) }
        let totals = own.indices.map { index in Float(all.reduce(0) { $0 + $1[index] } / weight) }
        return (Tensor(Array(totals[..<sums.count])), Tensor(Array(totals[sums.count...])))
    }

    /// The statistics of the whole batch.
    /// - Parameters:
    ///   - count: the values of each channel in this process's part; with 0 of them, mean and variance do not
    ///     matter
    ///   - mean: of each channel of the part
    ///   - variance: of each channel of the part, biased
    func joined(count: Int, mean: [Double], variance: [Double]) -> (
        count: Int, mean: [Double], variance: [Double]
    ) {
        let channels = mean.count
        let all = gather([Double(count)] + mean + variance).filter { $0[0] > 0 }
        let total = all.reduce(0) { $0 + $1[0] }
        guard total > 0 else { return (0, mean, variance) }
        let means = (0..<channels).map { channel in all.reduce(0) { $0 + $1[0] * $1[1 + channel] } / total }
        let variances = (0..<channels).map { channel in
            all.reduce(0) { sum, part in
                let distance = part[1 + channel] - means[channel]
                return sum + part[0] * (part[1 + channels + channel] + distance * distance)
            } / total
        }
        return (Int(total), means, variances)
    }
}

extension ChannelMoments {
    /// The moments of a batch of which `x` is this process's part, and the number of values of each channel.
    static func joined(_ x: Tensor, _ exchange: StatisticsExchange) -> (ChannelMoments, count: Int) {
        let channels = x.shape[1]
        var (mean, variance) = (
            [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
        )
        if x.count > 0 {
            let own = Kernels.channelMoments(x)
            mean = zip(own.mean.floats, own.remainder.floats).map { Double($0) + Double($1) }
            variance = own.variance.floats.map { Double($0) }
        }
        let whole = exchange.joined(
            count: channels > 0 ? x.count / channels : 0, mean: mean, variance: variance)
        return (ChannelMoments(mean: whole.mean, variance: whole.variance), whole.count)
    }
}
