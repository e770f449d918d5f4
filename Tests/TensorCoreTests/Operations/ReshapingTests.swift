// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct ReshapingTests {
    let fixture = try! FixtureFile("operations/shapes")

    @Test("Changes of shape equal PyTorch's", arguments: OperationCase.table("shapes"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            let x = inputs["input"] ?? inputs["a"]!
            let axis = row.int("axis") ?? 0
            switch row.operation {
            case "flatten": return x.flattened(from: axis)
            case "reshape": return x.reshaped(to: row.ints("to")!) * 2
            case "transpose": return x.transposed() * 2
            case "permute": return x.permuted(row.ints("axes")!) * 2
            case "slice": return x.slice(axis: axis, row.int("start")!..<row.int("end")!) * 2
            case "select": return x[WholeAxis.all, row.int("index")!] * 2
            case "broadcast": return x.broadcast(to: row.ints("to")!) * 2
            case "concatenate": return concatenate(["a", "b", "c"].compactMap { inputs[$0] }, axis: axis)
            case "stack": return stack([x, inputs["b"]!], axis: axis)
            case "gather": return x.gathered(inputs["indices"]!) * 2
            case "usedTwice": return x * x + x.sum()
            case "pad":
                let pads = row.ints("pads")!
                return x.padded([(0, 0), (0, 0), (pads[2], pads[3]), (pads[0], pads[1])]) * 2
            default: fatalError("\(row.operation) is not in this table")
            }
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let x = Deterministic.tensor([2, 3, 4], seed: 8)
        let operations: [String: (Tensor) -> Tensor] = [
            "reshaped": { $0.reshaped(to: [6, 4]) }, "permuted": { $0.permuted([2, 0, 1]) },
            "transposed": { $0.transposed() }, "flattened": { $0.flattened(from: 1) },
            "slice": { $0.slice(axis: 2, 1..<3) }, "subscript": { $0[1, 0..<2, -1] },
            "broadcast": { $0.expanded(at: 1).broadcast(to: [2, 5, 3, 4]) },
            "concatenate": { concatenate([$0, $0 * 2], axis: 1) }, "stack": { stack([$0, $0], axis: 2) },
            "padded": { $0.padded([(1, 0), (0, 2), (1, 1)]) }, "contiguous": { $0.transposed().contiguous() },
            "gathered": { $0.gathered(Tensor([1, 1, 0] as [Int32])) },
        ]
        for (name, operation) in operations {
            expectGradients(name, at: [x]) { operation($0[0]) }
        }
    }

    @Test func viewsCopyNothingAndWritesDoNotShowThroughThem() {
        var x = Tensor.arange(12).reshaped(to: [3, 4])
        let row = x[1]
        let turned = x.transposed()
        x[1] = Tensor.zeros([4])
        #expect(row.floats == [4, 5, 6, 7])
        #expect(turned[0].floats == [0, 4, 8])
        #expect(x.floats == [0, 1, 2, 3, 0, 0, 0, 0, 8, 9, 10, 11])
    }

    @Test func writingBroadcastsTheNewValue() {
        var x = Tensor.zeros([2, 3])
        x[WholeAxis.all, 1] = 7
        #expect(x.floats == [0, 7, 0, 0, 7, 0])
        x[0..<1] = Tensor([1, 2, 3] as [Float])
        #expect(x.floats == [1, 2, 3, 0, 7, 0])
    }

    @Test func negativeIndicesCountFromTheEnd() {
        let x = Tensor.arange(6).reshaped(to: [2, 3])
        #expect(x[-1].floats == [3, 4, 5])
        #expect(x[-1, -2].item() == 4)
        #expect(x[0..., 1...].floats == [1, 2, 4, 5])
        #expect(x[..<1].shape == [1, 3])
    }
}
