// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct DropoutTests {
    private let generator = RandomGenerator(seed: 9, stream: 4)

    @Test(arguments: [0.1, 0.5, 0.8] as [Float])
    func theShareOfZerosIsTheRateAndTheMeanStays(rate: Float) {
        let count = 400_000
        let output = dropout(Tensor.ones([count]), rate: rate, using: generator).floats
        let zeros = Float(output.filter { $0 == 0 }.count) / Float(count)
        let deviation = (rate * (1 - rate) / Float(count)).squareRoot()
        #expect(abs(zeros - rate) < 5 * deviation)
        #expect(output.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - rate)) < 1e-6 })
    }

    @Test func neighboursAreIndependent() {
        let kept = dropout(Tensor.ones([100_000]), rate: 0.5, using: generator).floats.map {
            $0 == 0 ? -1 : 1.0
        }
        for distance in [1, 2, 4, 8, 16, 64] {
            let correlation =
                zip(kept, kept.dropFirst(distance)).reduce(0) { $0 + $1.0 * $1.1 } / Double(kept.count)
            #expect(abs(correlation) < 0.016)
        }
    }

    @Test(arguments: Arrangement.allCases)
    func theGradientUsesTheSameMask(_ arrangement: Arrangement) {
        let x = Parameter(arrangement(Deterministic.tensor([3, 5, 7, 2], seed: 80, scale: 0.5, shift: 1)))
        let output = dropout(x.tensor, rate: 0.4, using: generator)
        output.backward(gradient: arrangement(Tensor.ones(x.shape)))
        let wanted = zip(output.floats, x.value.floats).map { $0 / $1 }
        expectClose(x.gradient!, wanted)
    }

    @Test func oneGeneratorGivesOneMaskAndAnotherAnother() {
        let x = Tensor.ones([4, 50_000])
        let first = dropout(x, rate: 0.5, using: generator)
        #expect(dropout(x, rate: 0.5, using: generator).floats == first.floats)
        #expect(dropout(x, rate: 0.5, using: generator.forked(1)).floats != first.floats)
    }

    /// A part of a batch takes the words that it has in the whole batch.
    @Test(arguments: [0, 1, 2, 3, 4, 7, 64, 999])
    func aGeneratorsPositionIsWhereTheMaskBegins(position: Int) {
        let whole = dropout(Tensor.ones([1100]), rate: 0.5, using: generator).floats
        let later = RandomGenerator(
            seed: generator.seed, stream: generator.stream, position: UInt64(position))
        for count in [1, 3, 101] {
            #expect(
                dropout(Tensor.ones([count]), rate: 0.5, using: later).floats
                    == Array(whole[position..<position + count]))
        }
    }

    @Test func rateZeroChangesNothingAndRateOneLeavesNothing() {
        let x = Deterministic.tensor([1000], seed: 81)
        #expect(dropout(x, rate: 0, using: generator).floats == x.floats)
        #expect(dropout(x, rate: 1, using: generator).floats.allSatisfy { $0 == 0 })
    }
}
