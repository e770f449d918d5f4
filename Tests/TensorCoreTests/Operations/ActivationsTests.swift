// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct ActivationsTests {
    let fixture = try! FixtureFile("operations/activations")

    @Test("Values and gradients equal PyTorch's", arguments: OperationCase.table("activations"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            let x = inputs["input"]!
            return switch row.operation {
            case "relu": relu(x)
            case "relu6": relu6(x)
            case "hardsigmoid": hardsigmoid(x)
            case "hardswish": hardswish(x)
            case "silu": silu(x)
            case "leakyReLU": leakyReLU(x, negativeSlope: row.float("slope")!)
            case "sigmoid": sigmoid(x)
            case "tanh": tanh(x)
            case "gelu": gelu(x, approximation: row.text("approximation") == "tanh" ? .tanh : .none)
            default: fatalError("\(row.operation) is not in this table")
            }
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let values: [Float] = [-3, -1.5, -0.4, -0.1, 0.2, 0.7, 1.1, 2.5]
        let operations: [String: (Tensor) -> Tensor] = [
            "relu": { relu($0) }, "leakyReLU": { leakyReLU($0, negativeSlope: 0.1) },
            "relu6": { relu6(3 * $0) }, "hardsigmoid": { hardsigmoid(1.9 * $0) },
            "hardswish": { hardswish(1.9 * $0) }, "silu": { silu($0) }, "sigmoid": { sigmoid($0) },
            "tanh": { tanh($0) }, "gelu": { gelu($0) }, "gelu, tanh": { gelu($0, approximation: .tanh) },
        ]
        for (name, operation) in operations {
            expectGradients(name, at: [Tensor(values)]) { operation($0[0]) }
        }
    }

    @Test func theEndsOfTheRangeSaturate() {
        let x = Tensor([-.infinity, -1e30, -200, 200, 1e30, .infinity] as [Float])
        #expect(sigmoid(x).floats == [0, 0, 0, 1, 1, 1])
        #expect(tanh(x).floats == [-1, -1, -1, 1, 1, 1])
        #expect(relu(x).floats == [0, 0, 0, 200, 1e30, .infinity])
    }

    @Test func notANumberPasses() {
        let x = Tensor([Float](repeating: .nan, count: 19))
        for y in [
            relu(x), relu6(x), hardsigmoid(x), hardswish(x), silu(x), leakyReLU(x), sigmoid(x), tanh(x),
            gelu(x), gelu(x, approximation: .tanh),
        ] {
            #expect(y.floats.allSatisfy { $0.isNaN })
        }
    }

    @Test func theGradientPassesWhereAValueIsNotANumber() {
        let values: [Float] = [.nan, -.infinity, -1, 0, 1, .infinity]
        let x = Parameter(Tensor(values))
        relu(x.tensor).sum().backward()
        // PyTorch's
        #expect(x.gradient!.floats == [1, 0, 0, 0, 1, 1])
        let clamped = Parameter(Tensor(values))
        clamp(clamped.tensor, -0.5...0.5).backward(gradient: Tensor.full(.infinity, [6]))
        #expect(clamped.gradient!.floats == [0, 0, 0, .infinity, 0, 0])
    }

    /// PyTorch's, also at the ends of the straight pieces.
    @Test func gradientsAtTheEndsOfStraightPieces() {
        let cases: [(operation: (Tensor) -> Tensor, at: [Float], gradients: [Float])] = [
            (relu6, [.nan, -1, 0, 1, 5.999, 6, 7, .infinity], [1, 0, 0, 1, 1, 0, 0, 0]),
            (hardsigmoid, [.nan, -4, -3, 0, 2.999, 3, .infinity], [0, 0, 0, 1 / 6, 1 / 6, 0, 0]),
            (hardswish, [.nan, -4, -3, 0, 1.5, 3, 4, .infinity], [1, 0, 0, 0.5, 1, 1, 1, 1]),
        ]
        for (operation, values, gradients) in cases {
            let x = Parameter(Tensor(values))
            operation(x.tensor).sum().backward()
            #expect(x.gradient!.floats == gradients)
        }
    }

    @Test func aFusedReLUsGradientPassesToo() {
        let x = Tensor([.nan, 1, -1, 2] as [Float], shape: [1, 4, 1, 1])
        let weight = Tensor([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as [Float], shape: [4, 4])
        let bias = Parameter(Tensor.zeros([4]))
        linear(x.reshaped(to: [1, 4]), weight: weight, bias: bias.tensor, activation: .relu)
            .backward(gradient: Tensor.ones([1, 4]))
        // Each output is a sum with NaN, whose gradient passes.
        #expect(bias.gradient!.floats == [1, 1, 1, 1])
        for kernel in [1, 3] {
            let bias = Parameter(Tensor.zeros([4]))
            conv2d(
                Tensor.full(.nan, [1, 4, 8, 8]), weight: Tensor.ones([4, 4, kernel, kernel]),
                bias: bias.tensor,
                padding: Extent(kernel / 2), activation: .relu
            ).backward(gradient: Tensor.ones([1, 4, 8, 8]))
            #expect(bias.gradient!.floats == [64, 64, 64, 64])
        }
        let shift = Parameter(Tensor.zeros([1]))
        batchNorm2d(
            Tensor([.nan, 1, -1, 2] as [Float], shape: [1, 1, 2, 2]), bias: shift.tensor, activation: .relu
        ).value.backward(gradient: Tensor.ones([1, 1, 2, 2]))
        #expect(shift.gradient!.floats == [4])
    }

    /// As an argument of a layer, or in `map`: a function of a tensor and nothing else.
    @Test func functionsOfOneTensorAreValues() {
        let functions: [(Tensor) -> Tensor] = [relu, sigmoid, tanh, exp, log, sqrt, sin, cos, abs]
        let x = Tensor([Float(0.5)])
        #expect(functions.map { $0(x).item() }.allSatisfy { $0 > -1 && $0 < 2 })
        #expect([x, -x].map(relu).map { $0.item() } == [0.5, 0])
    }

    /// The bits, and the gradients, of the two operations one after the other.
    @Test(arguments: [[2, 5, 3, 4], [5, 1, 4], [1]]) func reluOfASumIsBothInOne(shape: [Int]) {
        let a = Deterministic.tensor([2, 5, 3, 4], seed: 1, scale: 1).channelsLast()
        let b = Deterministic.tensor(shape, seed: 2, scale: 1)
        let one = valueWithGradients(at: [a, b]) { (relu($0[0], plus: $0[1]) * a).sum() }
        let two = valueWithGradients(at: [a, b]) { (relu($0[0] + $0[1]) * a).sum() }
        #expect(one.value.item() == two.value.item())
        #expect(one.gradients.map(\.floats) == two.gradients.map(\.floats))
        let special = Tensor([.nan, .infinity, -.infinity, -0.0, 1] as [Float])
        let values = (relu(special, plus: 0).floats, relu(special + 0).floats)
        #expect(values.0.map(\.bitPattern) == values.1.map(\.bitPattern))
    }
}
