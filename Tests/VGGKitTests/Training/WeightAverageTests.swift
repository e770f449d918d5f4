// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct WeightAverageTests {
    /// A parameter and statistics, as numbers.
    private struct Layers: Layer {
        let weight = Parameter(Tensor([1, 2] as [Float]))
        let mean = Buffer(Tensor([4] as [Float]))
        let count = Buffer(Tensor(Int32(0)))
        func callAsFunction(_ input: Tensor) -> Tensor { input }
    }

    @Test func averagesFollowTheFormula() {
        let layers = Layers()
        let average = WeightAverage(of: layers, decay: 0.3)
        var (expected, statistic) = ([1.0, 2.0], 4.0)
        for step in 1...5 {
            let value = [Double(step * step), -Double(step)]
            layers.weight.value = Tensor(value.map { Float($0) })
            layers.mean.value = Tensor([Float(step)])
            layers.count.value = Tensor(Int32(step))
            average.update()
            // 2/11, 3/12, and then the limit.
            let decay = [2.0 / 11, 3.0 / 12, 0.3, 0.3, 0.3][step - 1].clamped(
                to: 0...Double(step) / Double(9 + step))
            expected = zip(expected, value).map { $0 * decay + $1 * (1 - decay) }
            statistic = statistic * decay + Double(step) * (1 - decay)
        }
        let found = Dictionary(uniqueKeysWithValues: average.stateDictionary.map { ($0.name, $0.tensor) })
        expectClose(found["weight"]!, expected.map { Float($0) }, relative: 1e-6)
        expectClose(found["mean"]!, [Float(statistic)], relative: 1e-6)
        #expect(found["count"]!.item() == 5)
        #expect(average.steps == 5)
    }

    @Test func applyingLeavesTheModelAsItWas() throws {
        let layers = Layers()
        let average = WeightAverage(of: layers, decay: 0.5)
        layers.weight.value = Tensor([5, 6] as [Float])
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try average.apply {
                #expect(layers.weight.value.floats == [1, 2])
                throw Stop()
            }
        }
        #expect(layers.weight.value.floats == [5, 6])
        #expect(average.stateDictionary[0].tensor.floats == [1, 2])
    }

    @Test func whatDoesNotFitIsNotLoaded() throws {
        let layers = Layers()
        let average = WeightAverage(of: layers, decay: 0.5)
        #expect(throws: StateError.self) { try average.load([], steps: 1) }
        #expect(throws: StateError.self) {
            try average.load(
                [("weight", Tensor.zeros([3])), ("mean", Tensor.zeros([1])), ("count", Tensor(Int32(1)))],
                steps: 1)
        }
        #expect(average.steps == 0)
        try average.load(average.stateDictionary, steps: 7)
        #expect(average.steps == 7)
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
