// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit
import VGGKitReports

@Suite struct AxisScaleTests {
    @Test(arguments: [
        (0.0...1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0], 1),
        (0.0...100, [0, 20, 40, 60, 80, 100], 0),
        (0.0...1.65, [0, 0.5, 1, 1.5, 2], 1),
        (0.72...0.78, [0.72, 0.74, 0.76, 0.78], 2),
        (-3.0...2.5, [-4, -2, 0, 2, 4], 0),
    ])
    func choosesRoundTicks(_ range: ClosedRange<Double>, _ expected: [Double], _ decimals: Int) {
        let scale = AxisScale(covering: range, ticks: 6)
        #expect(scale.ticks.count == expected.count)
        #expect(zip(scale.ticks, expected).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(scale.decimals == decimals)
        #expect(scale.lower <= range.lowerBound + 1e-9 && scale.upper >= range.upperBound - 1e-9)
    }

    @Test(arguments: [0.0, 1, -7, 1e-12, 1e9, 0.3])
    func widensWhatHasNoExtent(_ value: Double) {
        let scale = AxisScale(covering: value...value, ticks: 6)
        #expect(scale.lower < scale.upper)
        #expect(scale.ticks.count >= 2 && scale.ticks.count < 20)
        #expect((0...1).contains(scale.share(of: value)))
    }

    @Test(arguments: [(1, 1), (1, 2), (1, 20), (1, 300), (40, 90)])
    func marksWholeNumbersOnly(_ first: Int, _ last: Int) {
        let scale = AxisScale(whole: first...last, margin: 0.5, ticks: 10)
        #expect(!scale.ticks.isEmpty && scale.ticks.count <= 13)
        #expect(
            scale.ticks.allSatisfy { $0 == $0.rounded() && $0 >= Double(first) && $0 <= Double(last) })
        #expect(scale.lower == Double(first) - 0.5 && scale.upper == Double(last) + 0.5)
    }

    @Test(arguments: [
        (1...1, [1]), (1...2, [1, 2]), (1...12, [5, 12]), (1...14, [5, 10, 14]),
        (1...20, [5, 10, 15, 20]),
        (1...101, [20, 40, 60, 80, 101]), (3...4, [3, 4]),
    ])
    func theLastNumberHasATick(_ numbers: ClosedRange<Int>, _ expected: [Double]) {
        #expect(AxisScale(whole: numbers, margin: 0, ticks: 6).ticks == expected)
    }

    /// A loss that hardly moves, as without learning; learning rates of any size; counts.
    @Test(arguments: [
        1.609437...1.609439, 1.6094379...1.6094381, 0...3e-7, 2.5e-9...2.6e-9, 1e6...1.0005e6,
        123_456_789...123_456_799, -1.000001...(-1), 0...1e12,
    ])
    func noTwoTicksReadTheSame(_ range: ClosedRange<Double>) {
        let scale = AxisScale(covering: range, ticks: 6)
        let labels = scale.ticks.map(scale.label)
        #expect(Set(labels).count == labels.count && labels.count >= 2, "\(labels)")
        let step = scale.ticks[1] - scale.ticks[0]
        for (tick, label) in zip(scale.ticks, labels) {
            #expect(abs(Double(label)! - tick) < 0.1 * step, "\(label) for \(tick)")
        }
    }

    @Test func writesAsManyDecimalsAsTellTicksApart() {
        #expect(AxisScale(covering: 0...0.25, ticks: 6).ticks.count == 6)
        let scale = AxisScale(covering: 0.72...0.78, ticks: 6)
        #expect(scale.ticks.map(scale.label) == ["0.72", "0.74", "0.76", "0.78"])
        #expect(AxisScale(covering: 0...2e7, ticks: 6).label(1e7) == "1e+07")
    }
}
