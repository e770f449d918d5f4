// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// The range of an axis, with ticks at round numbers.
package struct AxisScale: Sendable, Equatable {
    package var lower: Double
    package var upper: Double
    package var ticks: [Double]
    /// The number of decimals that the ticks need to differ.
    package var decimals: Int
    /// The number of significant digits that they need, if they are written with a power of ten.
    private var digits: Int

    /// Widens `range` to round numbers, with ticks at distances of 1, 2, 2.5 or 5 · 10ᵏ.
    ///
    /// J. S. Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990.
    /// - Parameter count: the approximate number of ticks, at least two
    package init(covering range: ClosedRange<Double>, ticks count: Int) {
        let (range, step) = Self.step(range, count, among: [1, 2, 2.5, 5, 10])
        lower = (range.lowerBound / step + 1e-9).rounded(.down) * step
        upper = (range.upperBound / step - 1e-9).rounded(.up) * step
        if lower == upper { upper += step }
        decimals = Self.decimals(step)
        ticks = Self.multiples(of: step, from: lower, to: upper)
        digits = Self.digits(ticks, step)
    }

    /// An axis of whole numbers, such as epochs, with a `margin` at both ends. Ticks are round numbers, and
    /// the last number always has a tick, because readers look for it.
    package init(whole numbers: ClosedRange<Int>, margin: Double, ticks count: Int) {
        let (first, last) = (Double(numbers.lowerBound), Double(numbers.upperBound))
        (lower, upper) = (first - margin, last + margin)
        let step = max(1, Self.step(first...last, count, among: [1, 2, 5, 10]).step)
        decimals = 0
        let round = Self.multiples(of: step, from: (first / step - 1e-9).rounded(.up) * step, to: last)
        // Two labels need some distance.
        ticks = round.filter { last - $0 >= 0.6 * step } + [last]
        digits = Self.digits(ticks, 1)
    }

    /// The position of a value: 0 at the lower end, 1 at the upper.
    package func share(of value: Double) -> Double { (value - lower) / (upper - lower) }

    package func label(_ tick: Double) -> String {
        let magnitude = max(abs(lower), abs(upper))
        if magnitude >= 100_000 || decimals > 5 { return String(format: "%.\(digits)g", tick) }
        return String(format: "%.\(decimals)f", tick == 0 ? 0 : tick)
    }

    private static func step(
        _ range: ClosedRange<Double>, _ count: Int, among round: [Double]
    ) -> (range: ClosedRange<Double>, step: Double) {
        var range = range
        // Steps below the resolution of the numbers would never reach the other end.
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

    /// The fewest digits with which the ticks differ, at least three.
    private static func digits(_ ticks: [Double], _ step: Double) -> Int {
        (3..<15).first { digits in
            ticks.allSatisfy {
                abs((Double(String(format: "%.\(digits)g", $0)) ?? $0) - $0) < 0.05 * step
            }
        } ?? 15
    }

    private static func multiples(of step: Double, from lower: Double, to upper: Double) -> [Double] {
        (0...1000).map { lower + Double($0) * step }.prefix { $0 <= upper + step * 1e-6 }
    }
}
