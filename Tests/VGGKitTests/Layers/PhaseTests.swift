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

    @Test func batchesAreCountedBeyondWhatAFloatHolds() {
        let layer = BatchNorm2d(1)
        layer.numBatchesTracked.value = Tensor(16_777_216 as Int32)
        _ = withPhase(.training) { layer(Tensor.ones([1, 1, 2, 2])) }
        #expect(layer.numBatchesTracked.value.item(Int32.self) == 16_777_217)
    }

    @Test func frozenBatchNormalizationKeepsItsStatistics() {
        let layer = BatchNorm2d(2)
        layer.runningMean.value = Tensor([1, 2] as [Float])
        layer.runningVar.value = Tensor([4, 9] as [Float])
        var generator = RandomGenerator(seed: 1)
        let x = Tensor.normal([4, 2, 3, 3], using: &generator)
        layer.freeze("*")
        let (training, inference) = (withPhase(.training) { layer(x) }, layer(x))
        #expect(training.floats == inference.floats)
        #expect(layer.numBatchesTracked.value.item() == 0)
        #expect(layer.runningMean.value.floats == [1, 2] && layer.runningVar.value.floats == [4, 9])
        layer.unfreeze("weight")
        _ = withPhase(.training) { layer(x) }
        #expect(layer.numBatchesTracked.value.item() == 1)
    }

    @Test func aNameFreezesWhatIsBelowIt() {
        let model = VGG(
            .init(column: [2, .maxPool, 2], batchNormalization: true, classCount: 2, hiddenUnits: [3]))
        #expect(model.freeze("features.1") == 2)
        #expect(model.freeze("classifier.3.bias") == 1)
        #expect(model.freeze("feature") == 0)
        let frozen = model.namedParameters.filter { !$0.parameter.isTrainable }.map(\.name)
        #expect(frozen == ["features.1.weight", "features.1.bias", "classifier.3.bias"])
        #expect(model.unfreeze("*") == model.namedParameters.count)
    }
}
