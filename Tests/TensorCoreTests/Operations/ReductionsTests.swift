// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct ReductionsTests {
    let fixture = try! FixtureFile("operations/reductions")

    @Test("Reductions over any axes equal PyTorch's", arguments: OperationCase.table("reductions"))
    func matchesPyTorch(_ row: OperationCase) {
        let axes = row.ints("axes")
        let keep = row.flag("keep") ?? false
        row.expectPyTorch(fixture) { inputs in
            let x = inputs["input"]!
            return switch row.operation {
            case "sum": x.sum(axes: axes, keepDimensions: keep)
            case "mean": x.mean(axes: axes, keepDimensions: keep)
            case "variance": x.variance(axes: axes, unbiased: false, keepDimensions: keep)
            case "max": x.max(axes: axes)
            case "min": x.min(axes: axes)
            case "argmax": x.argmax(axis: row.int("axis")!).to(.float32)
            default: fatalError("\(row.operation) is not in this table")
            }
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let x = Deterministic.tensor([2, 3, 4], seed: 3)
        expectGradients("sum", at: [x]) { $0[0].sum(axes: [0, 2]) }
        expectGradients("mean", at: [x]) { $0[0].mean(axes: [1]) }
        expectGradients("variance", at: [x]) { $0[0].variance(axes: [2]) }
        expectGradients("max", at: [x], step: 1e-3, within: 5e-3) { $0[0].max(axes: [1]) }
        expectGradients("min", at: [x], step: 1e-3, within: 5e-3) { $0[0].min(axes: [0, 1]) }
    }

    @Test func equalLargestElementsShareTheGradient() {
        let x = Parameter(Tensor([3, 1, 3] as [Float]))
        x.tensor.max().backward()
        #expect(x.gradient!.floats == [0.5, 0, 0.5])
    }

    @Test func theSumOfManySmallValuesKeepsItsDigits() {
        let count = 1 << 22
        let sum = Tensor.full(0.1, [count]).sum().item()
        #expect(abs(sum / (Float(0.1) * Float(count)) - 1) < 1e-5)
    }

    @Test func topNamesTheLargestFirst() {
        let x = Tensor([1, 5, 3, 9, 2, 9] as [Float], shape: [2, 3])
        let top = x.top(2)
        #expect(top.values.floats == [5, 3, 9, 9])
        #expect(top.indices.scalars(Int32.self) == [1, 2, 0, 2])
    }

    @Test(arguments: Arrangement.allCases)
    func longSumsKeepTheirDigits(_ arrangement: Arrangement) {
        // 0.1 rounds always to the same side: a sum in float32 of so many is a third off.
        let x = arrangement(Tensor.full(0.1, [1 << 17, 3, 5]))
        let element = Double(Float(0.1))
        for axes in [[0], [0, 1], [0, 2], [0, 1, 2]] {
            let count = axes.reduce(1) { $0 * x.shape[$1] }
            for sum in x.sum(axes: axes).floats {
                #expect(abs(Double(sum) / (element * Double(count)) - 1) < 1e-6, "\(axes)")
            }
            for mean in x.mean(axes: axes).floats {
                #expect(abs(Double(mean) / element - 1) < 1e-6, "\(axes)")
            }
        }
    }

    @Test func theMeanOfOnesIsOne() {
        for count in [3, 41, 49, 55, 1_000_003] { #expect(Tensor.ones([count]).mean().item() == 1) }
        #expect(Tensor.ones([49, 7]).mean(axes: [0]).floats == [Float](repeating: 1, count: 7))
    }

    @Test func equalElementsHaveNoVariance() {
        for value: Float in [0.1, 1, 12345.678, 1e-20] {
            for count in [2, 41, 4097] {
                #expect(Tensor.full(value, [count]).variance().item() == 0)
                #expect(Tensor.full(value, [count, 3]).variance(axes: [0]).floats == [0, 0, 0])
            }
        }
    }

    @Test(arguments: Arrangement.allCases)
    func theVarianceDoesNotSufferFromALargeMean(_ arrangement: Arrangement) {
        let steps = Tensor.arange(4096).reshaped(to: [1024, 4])
        let x = arrangement(steps + 8_000_000)
        // 0, 1, …, n - 1 vary by n (n + 1) / 12.
        expectClose(x.variance(), [4096 * 4097 / 12], relative: 1e-6)
        let columns: Float = 1024 * 1025 / 12 * 16
        expectClose(
            x.variance(axes: [0]), [Float](repeating: columns, count: 4), relative: 1e-6)
    }

    @Test func notANumberIsTheLargestAndTheSmallest() {
        let x = Tensor([1, .nan, 3, 2] as [Float])
        let top = x.top(2)
        #expect(top.values.floats[0].isNaN && top.values.floats[1] == 3)
        #expect(top.indices.scalars(Int32.self) == [1, 2])
        #expect(x.argmax().item() == 1)
        #expect(x.max().item().isNaN && x.min().item().isNaN)
        let parameter = Parameter(Tensor([1, .nan, 3, .nan] as [Float]))
        parameter.tensor.max().backward()
        #expect(parameter.gradient!.floats == [0, 0.5, 0, 0.5])
        #expect(Tensor([Float.nan, 5, .nan, 5]).top(4).indices.scalars(Int32.self) == [0, 2, 1, 3])
    }

    @Test func theGradientOfTheLargestGoesToWhereTheyWere() {
        let x = Parameter(Tensor([1, 5, 3, 9, 2, 9] as [Float], shape: [2, 3]))
        let top = x.tensor.top(2)
        #expect(top.values.isRecorded)
        (top.values * Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])).sum().backward()
        #expect(x.gradient!.floats == [0, 1, 2, 3, 0, 4])
    }
}
