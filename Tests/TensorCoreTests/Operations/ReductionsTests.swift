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
}
