// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct PoolingTests {
    let fixture = try! FixtureFile("operations/pooling")

    @Test("Values and gradients equal PyTorch's", arguments: OperationCase.table("pooling"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            let x = inputs["input"]!
            let ceilMode = row.flag("ceilMode") ?? false
            switch row.operation {
            case "maxPool2d":
                return maxPool2d(
                    x, kernelSize: row.extent("kernel")!, stride: row.extent("stride"),
                    padding: row.extent("padding") ?? 0, dilation: row.extent("dilation") ?? 1,
                    ceilMode: ceilMode)
            case "avgPool2d":
                return avgPool2d(
                    x, kernelSize: row.extent("kernel")!, stride: row.extent("stride"),
                    padding: row.extent("padding") ?? 0, ceilMode: ceilMode,
                    countIncludesPadding: row.flag("countIncludePad") ?? true)
            case "adaptiveAvgPool2d":
                return adaptiveAvgPool2d(x, outputSize: row.extent("outputSize")!)
            default: fatalError("\(row.operation) is not in this table")
            }
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let x = Deterministic.tensor([2, 3, 5, 6], seed: 30, scale: 4)
        expectGradients("max", at: [x], step: 1e-3, within: 1e-2) {
            maxPool2d($0[0], kernelSize: 3, stride: 2, padding: 1, ceilMode: true)
        }
        expectGradients("average", at: [x]) {
            avgPool2d($0[0], kernelSize: [2, 3], stride: [1, 2], padding: 1)
        }
        expectGradients("adaptive", at: [x]) { adaptiveAvgPool2d($0[0], outputSize: [3, 7]) }
    }

    @Test func aWindowOfPaddingAloneGivesNegativeInfinity() {
        let x = Parameter(Tensor.ones([1, 3, 1, 1]))
        let output = maxPool2d(x.tensor, kernelSize: 2, stride: 1, padding: 1, dilation: 2)
        #expect(output.floats == [Float](repeating: -.infinity, count: 3))
        output.sum().backward()
        #expect(x.gradient!.floats == [0, 0, 0])
    }

    @Test func negativeInfinityAndNaNWinAsInPyTorch() {
        let low = Tensor.full(-.infinity, [1, 1, 2, 2])
        #expect(maxPool2d(low, kernelSize: 2).item() == -.infinity)
        for place in 0..<4 {
            var values: [Float] = [1, 2, 3, 4]
            values[place] = .nan
            #expect(maxPool2d(Tensor(values, shape: [1, 1, 2, 2]), kernelSize: 2).item().isNaN)
        }
    }

    @Test func averagesOverManyPixelsKeepTheirDigits() {
        for size in [2, 3, 7, 9, 150] {
            #expect(
                avgPool2d(Tensor.ones([1, 3, size, size]), kernelSize: Extent(size)).floats == [1, 1, 1])
            let tenth = adaptiveAvgPool2d(Tensor.full(0.1, [1, 70, size, size]), outputSize: 1)
            expectClose(tenth, [Float](repeating: 0.1, count: 70), relative: 1e-6, "\(size)")
        }
    }
}
