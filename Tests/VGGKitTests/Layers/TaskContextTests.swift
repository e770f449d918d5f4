// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Phase, recording and randomness belong to a task and the tasks that it makes, also while it waits.
@Suite struct TaskContextTests {
    private func pause() async { await Task.yield() }

    @Test func aPhaseHoldsWhileItsBodyWaits() async {
        let dropout = Dropout(rate: 0.5)
        let images = Tensor.ones([1, 64])
        let outputs = await withPhase(.training) {
            await pause()
            async let first = dropout(images).floats
            async let second = dropout(images).floats
            return await [first, second]
        }
        #expect(outputs.allSatisfy { $0.contains(0) })
        #expect(Phase.current == .inference && dropout(images).floats.allSatisfy { $0 == 1 })
    }

    @Test func recordingStaysOffWhileItsBodyWaits() async {
        let parameter = Parameter(Tensor([2 as Float]))
        let isRecorded = await withoutRecording {
            await pause()
            return (parameter.tensor * 3).isRecorded
        }
        #expect(!isRecorded && (parameter.tensor * 3).isRecorded)
    }

    @Test func aSourceOfRandomnessIsTheBodysOwn() async {
        func draw() -> [Float] { Linear(3, 2).weight.value.floats }
        let waiting = await withRandomSource(RandomSource(seed: 5)) {
            await pause()
            return draw()
        }
        #expect(waiting == withRandomSource(RandomSource(seed: 5)) { draw() })
    }

    /// Of one model, that caches what it has prepared, and batches of several sizes at once.
    @Test func predictionsAtOnceAreThoseOfOneAfterTheOther() async {
        let model = withRandomSource(RandomSource(seed: 1)) {
            VGG(
                .init(
                    column: [16, 16, .maxPool, 32, .maxPool], batchNormalization: true, classCount: 5,
                    pooledSize: 2, hiddenUnits: [16]))
        }
        let batches = (0..<8).map {
            Deterministic.tensor([1 + $0 % 3, 3, 24, 24], seed: UInt64($0), scale: 1)
        }
        let alone = withoutRecording { batches.map { model($0).floats } }
        for _ in 0..<5 {
            let together = await withTaskGroup(of: (Int, [Float]).self) { group in
                for (index, batch) in batches.enumerated() {
                    group.addTask { withoutRecording { (index, model(batch).floats) } }
                }
                var results = [[Float]](repeating: [], count: batches.count)
                for await (index, values) in group { results[index] = values }
                return results
            }
            #expect(together == alone)
        }
    }
}
