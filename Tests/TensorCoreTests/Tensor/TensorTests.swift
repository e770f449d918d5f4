// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct TensorTests {
    @Test func aTensorIsAValue() {
        let a = Tensor.zeros([2, 2])
        var b = a
        b[0, 0] = 5
        #expect(a.floats == [0, 0, 0, 0])
        #expect(b.floats == [5, 0, 0, 0])
    }

    @Test(arguments: Arrangement.allCases)
    func theLogicalOrderDoesNotDependOnMemory(_ arrangement: Arrangement) {
        let x = Deterministic.tensor([2, 3, 4, 5], seed: 1)
        let arranged = arrangement(x)
        #expect(arranged.shape == x.shape)
        #expect(arranged.floats == x.floats)
        #expect(arranged[1, 2, 3, 4].item() == x[1, 2, 3, 4].item())
        #expect(arranged.contiguous().isContiguous)
        #expect(arranged.contiguous().floats == x.floats)
        #expect(arranged.channelsLast().floats == x.floats)
    }

    @Test func channelsLastStridesPutChannelsTogether() {
        let x = Tensor.zeros([2, 3, 4, 5]).channelsLast()
        #expect(x.strides == [60, 1, 15, 3])
        #expect(x.shape == [2, 3, 4, 5])
    }

    @Test func creation() {
        #expect(Tensor.arange(4).floats == [0, 1, 2, 3])
        #expect(Tensor.arange(3, .int32).scalars(Int32.self) == [0, 1, 2])
        #expect(Tensor.linspace(-1, 1, 5).floats == [-1, -0.5, 0, 0.5, 1])
        #expect(Tensor.full(2.5, [2]).floats == [2.5, 2.5])
        #expect(Tensor.ones([2], .uint8).scalars(UInt8.self) == [1, 1])
        #expect(Tensor.oneHot(Tensor([2, 0] as [Int32]), classCount: 3).floats == [0, 0, 1, 1, 0, 0])
        #expect(Tensor(3 as Float).item() == 3)
        #expect(Tensor.zeros(like: Tensor.ones([1, 2, 3, 4]).channelsLast()).strides == [24, 1, 8, 2])
    }

    @Test func aSeedGivesTheSameTensorAgain() {
        var (first, second) = (RandomGenerator(seed: 3), RandomGenerator(seed: 3))
        let a = Tensor.normal([50_000], mean: 2, deviation: 3, using: &first)
        #expect(Tensor.normal([50_000], mean: 2, deviation: 3, using: &second).floats == a.floats)
        #expect(abs(a.mean().item() - 2) < 0.07)
        #expect(abs(a.variance().item() - 9) < 0.3)
        let b = Tensor.uniform([50_000], from: -1, to: 3, using: &first)
        #expect(b.min().item() >= -1 && b.max().item() < 3)
        #expect(abs(b.mean().item() - 1) < 0.03)
    }

    @Test func anEmptyTensorHasNoElementsAndSumsToZero() {
        for shape in [[0], [2, 0], [0, 3, 4, 5]] {
            let x = Tensor.zeros(shape)
            #expect(x.floats.isEmpty)
            #expect((x + 1).shape == shape)
            #expect(x.sum().item() == 0)
            #expect(x.reshaped(to: [-1, 1]).shape == [0, 1] || shape == [2, 0])
        }
        #expect(concatenate([Tensor.zeros([0, 2]), Tensor.ones([1, 2])]).floats == [1, 1])
        #expect(Tensor.zeros([2, 0]).sum(axes: [1]).floats == [0, 0])
    }

    @Test func conversionsRoundTowardsZeroAndStayInRange() {
        let x = Tensor([-1.7, 1.7, 300, -.infinity, .nan] as [Float])
        #expect(x.to(.uint8).scalars(UInt8.self) == [0, 1, 255, 0, 0])
        #expect(x.to(.int32).scalars(Int32.self) == [-1, 1, 300, .min, 0])
        #expect(Tensor([1, 0, 255] as [UInt8]).to(.float32).floats == [1, 0, 255])
        #expect(Tensor([3] as [Int32]).to(.uint8).scalars(UInt8.self) == [3])
    }

    @Test(
        arguments: [
            (1.0, 0x3F80), (1.00390625, 0x3F80), (1.01171875, 0x3F82), (-2, 0xC000), (3.389e38, 0x7F7F),
            (.infinity, 0x7F80),
        ] as [(Float, UInt16)])
    func bfloat16RoundsToNearestEven(_ value: Float, _ bits: UInt16) {
        #expect(BFloat16(value).bitPattern == bits)
        #expect(Tensor([value]).to(.bfloat16).scalars(BFloat16.self)[0].bitPattern == bits)
    }

    @Test func bfloat16KeepsNotANumber() {
        #expect(BFloat16(Float(bitPattern: 0x7F80_0001)).floatValue.isNaN)
    }

    @Test func largeIntegersAreExact() {
        let large = 16_777_217
        #expect(Tensor.full(large, [2], .int32).scalars(Int32.self) == [16_777_217, 16_777_217])
        #expect(Tensor.full(large, [], .int32).item(Int32.self) == 16_777_217)
        #expect(Tensor.full(3_000_000_000, [], .int32).item(Int32.self) == .max)
        #expect(Tensor.arange(large + 2, .int32)[large].item(Int32.self) == 16_777_217)
        #expect(Tensor.arange(300, .uint8)[299].item(UInt8.self) == 255)
        #expect(Tensor([16_777_217] as [Int32]).description.contains("16777217"))
    }
}
