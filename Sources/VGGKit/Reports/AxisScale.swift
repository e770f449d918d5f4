// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A stretch of an axis, and round numbers along it.
package struct AxisScale: Sendable, Equatable {
    package var lower: Double
    package var upper: Double
    package var ticks: [Double]
    /// The number of decimals that tells the ticks apart.
    package var decimals: Int

    /// Widens `range` to round numbers 1, 2, 2.5 or 5 · 10ᵏ apart.
    ///
    /// J. S. Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990.
    /// - Parameter count: about how many ticks there should be, two at least
    package init(covering range: ClosedRange<Double>, ticks count: Int) {
        let (range, step) = Self.step(range, count, among: [1, 2, 2.5, 5, 10])
        lower = (range.lowerBound / step + 1e-9).rounded(.down) * step
        upper = (range.upperBound / step - 1e-9).rounded(.up) * step
        if lower == upper { upper += step }
        decimals = Self.decimals(step)
        ticks = Self.multiples(of: step, from: lower, to: upper)
    }

    /// Keeps `range` as it is, with ticks at whole numbers, as for epochs.
    package init(whole range: ClosedRange<Double>, ticks count: Int) {
        (lower, upper) = (range.lowerBound, range.upperBound)
        let step = max(1, Self.step(range, count, among: [1, 2, 5, 10]).step)
        decimals = 0
        ticks = Self.multiples(of: step, from: (lower / step - 1e-9).rounded(.up) * step, to: upper)
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper.
    package func share(of value: Double) -> Double { (value - lower) / (upper - lower) }

    package func label(_ tick: Double) -> String {
        let magnitude = max(abs(lower), abs(upper))
        if magnitude >= 100_000 || decimals > 5 { return String(format: "%.3g", tick) }
        return String(format: "%.\(decimals)f", tick == 0 ? 0 : tick)
    }

    private static func step(
        _ range: ClosedRange<Double>, _ count: Int, among round: [Double]
    ) -> (range: ClosedRange<Double>, step: Double) {
        var range = range
        // Steps below the resolution of the numbers themselves would never get from one end to the other.
        let smallest = max(abs(range.lowerBound), abs(range.upperBound), 1e-9) * 1e-6
        if range.upperBound - range.lowerBound < smallest {
            let padding = max(abs(range.upperBound) * 0.1, 0.05)
            range = range.lowerBound - padding...range.upperBound + padding
        }
        let raw = (range.upperBound - range.lowerBound) / Double(max(1, count - 1))
        let power = pow(10, log10(raw).rounded(.down))
        let factor = round.first { $0 >= raw / power * 0.999 } ?? 10
        return (range, factor * power)
    }

    private static func decimals(_ step: Double) -> Int {
        for decimals in 0..<9 {
            let scaled = step * pow(10, Double(decimals))
            if abs(scaled - scaled.rounded()) < 1e-6 * scaled { return decimals }
        }
        return 9
    }

    private static func multiples(of step: Double, from lower: Double, to upper: Double) -> [Double] {
        (0...1000).map { lower + Double($0) * step }.prefix { $0 <= upper + step * 1e-6 }
    }
}
