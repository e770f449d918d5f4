// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct BackwardTests {
    @Test func gradientsAddUpOverBackwardPasses() {
        let x = Parameter(Deterministic.tensor([5, 7], seed: 1))
        for _ in 0..<3 { x.tensor.sum().backward() }
        #expect(x.gradient!.floats.allSatisfy { $0 == 3 })
        (x.tensor * 2).sum().backward()
        #expect(x.gradient!.floats.allSatisfy { $0 == 5 })
        x.gradient = nil
        (x.tensor * x.tensor).sum().backward()
        expectClose(x.gradient!, x.value.floats.map { 2 * $0 })
    }

    @Test func aValueUsedOnManyPathsGetsTheSumOfTheirGradients() {
        let x = Parameter(Tensor([2, 3] as [Float]))
        let y = x.tensor
        let a = y * y
        let root = (a + y * 3 + a * y + y.sum()).sum()
        root.backward()
        // 2x + 3 + 3x² + 2
        #expect(x.gradient!.floats == [21, 38])
    }

    @Test func twoReadingsOfAParameterAreOneLeaf() {
        let x = Parameter(Tensor([4] as [Float]))
        (x.tensor * x.tensor).sum().backward()
        #expect(x.gradient!.floats == [8])
    }

    @Test func theGradientThatWasHandedInStaysAsItWas() {
        let x = Parameter(Deterministic.tensor([3], seed: 2))
        let incoming = Tensor([1, 2, 3] as [Float])
        for _ in 0..<2 { (x.tensor + 0).backward(gradient: incoming) }
        #expect(incoming.floats == [1, 2, 3])
        #expect(x.gradient!.floats == [2, 4, 6])
    }

    @Test func nothingIsRecordedWithoutATrainableParameter() {
        let x = Parameter(Tensor.ones([2]))
        x.isTrainable = false
        #expect(!(x.tensor * 2).isRecorded)
        #expect(!(Tensor.ones([2]) * 2).isRecorded)
        x.isTrainable = true
        #expect((x.tensor * 2).isRecorded)
        #expect(!withoutRecording { x.tensor * 2 }.isRecorded)
        #expect(!(x.tensor * 2).detached.isRecorded)
    }

    @Test func aFrozenParameterGetsNoGradient() {
        let (frozen, trained) = (Parameter(Tensor.ones([2])), Parameter(Tensor.ones([2])))
        frozen.isTrainable = false
        (frozen.tensor * trained.tensor).sum().backward()
        #expect(frozen.gradient == nil)
        #expect(trained.gradient!.floats == [1, 1])
    }

    @Test func aLongChainIsPulledBackAndFreedWithoutRecursion() {
        let x = Parameter(Tensor.ones([1]))
        var y = x.tensor
        for _ in 0..<100_000 { y = y + 1 }
        y.backward()
        #expect(x.gradient!.floats == [1])
        var abandoned = x.tensor
        for _ in 0..<100_000 { abandoned = abandoned + 1 }
        abandoned = Tensor.zeros([1])
        #expect(!abandoned.isRecorded)
    }

    @Test func aBackwardPassFreesWhatTheForwardPassSaved() {
        final class Witness {}
        weak var witness: Witness?
        let x = Parameter(Tensor.ones([3]))
        var value: Tensor = {
            let kept = Witness()
            witness = kept
            return differentiable(x.tensor) { x in
                (x * 2, { gradient in withExtendedLifetime(kept) { 2 * gradient } })
            }.sum()
        }()
        #expect(witness != nil)
        value.backward()
        #expect(witness == nil)
        value = Tensor.zeros([])
        #expect(x.gradient!.floats == [2, 2, 2])
    }

    @Test func aGraphIsUsedOnce() async {
        await #expect(processExitsWith: .failure) {
            let x = Parameter(Tensor.ones([1]))
            let y = x.tensor * 2
            y.backward()
            y.backward()
        }
    }

    @Test func whatIsNotANumberNeedsAGradientToStartFrom() async {
        await #expect(processExitsWith: .failure) {
            (Parameter(Tensor.ones([2])).tensor * 2).backward()
        }
    }
}
