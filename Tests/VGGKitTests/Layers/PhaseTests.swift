// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct PhaseTests {
    @Test func dropoutDropsInTrainingOnly() {
        let x = Tensor.ones([1000])
        let dropout = Dropout(rate: 0.5)
        #expect(dropout(x).floats == x.floats)
        let dropped = withPhase(.training) { dropout(x) }
        #expect(dropped.floats.contains(0) && dropped.floats.contains(2))
    }

    @Test func oneSeedGivesTheSameWeightsAndMasksAgain() {
        func run(_ seed: UInt64) -> [[Float]] {
            withRandomSource(RandomSource(seed: seed)) {
                let layer = Linear(10, 10)
                let mask = withPhase(.training) { Dropout()(Tensor.ones([50])) }
                return [layer.weight.value.floats, mask.floats]
            }
        }
        #expect(run(1) == run(1))
        #expect(run(1) != run(2))
    }

    @Test func runningStatisticsMoveInTrainingOnly() {
        let layer = BatchNorm2d(2)
        var generator = RandomGenerator(seed: 1)
        let x = Tensor.normal([4, 2, 3, 3], mean: 5, using: &generator)
        _ = layer(x)
        #expect(layer.runningMean.value.floats == [0, 0])
        _ = withPhase(.training) { layer(x) }
        #expect(layer.numBatchesTracked.value.item() == 1)
        #expect(layer.runningMean.value.floats.allSatisfy { abs($0 - 0.5) < 0.1 })
    }
}
