// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Testing

/// Convolutions of random geometry, in all passes and by every algorithm that can do them, against naive
/// loops. With the address sanitizer, a step outside of a buffer shows. By hand, for long:
/// `VGGKIT_FUZZ_CASES=10000 swift test -c release --filter ConvolutionFuzz`
@Suite struct ConvolutionFuzzTests {
    private static let cases =
        ProcessInfo.processInfo.environment["VGGKIT_FUZZ_CASES"].flatMap { Int($0) } ?? 100

    @Test func everyAlgorithmGivesTheNaiveValues() {
        var generator = RandomGenerator(seed: 17)
        for _ in 0..<Self.cases {
            let convolution = NaiveConvolution(using: &generator)
            let geometry = convolution.geometry
            for algorithm in ConvolutionPlan.Algorithm.allCases
            where ConvolutionPlan.supports(algorithm, geometry, .forward) {
                let passes: [ConvolutionPlan.Pass] = [.forward, .inputGradient, .filterGradient]
                guard passes.allSatisfy({ ConvolutionPlan.supports(algorithm, geometry, $0) }) else {
                    // The input's gradient has its own algorithm then.
                    convolution.expectEqual(to: convolution.value(by: algorithm), "\(algorithm)")
                    continue
                }
                convolution.expectEqual(to: convolution.valueAndGradients(by: algorithm), "\(algorithm)")
            }
            convolution.expectEqual(to: convolution.valueAndGradients(by: nil), "as planned")
        }
    }
}

/// A convolution of random geometry with its value and gradients, from the definition.
private struct NaiveConvolution {
    let geometry: ConvolutionGeometry
    let input: Tensor
    let weight: Tensor
    let bias: Tensor
    let gradient: Tensor
    private let expected: [String: [Double]]

    init(using generator: inout RandomGenerator) {
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        func extent(_ range: ClosedRange<Int>) -> Extent { Extent(draw(range), draw(range)) }
        while true {
            let isDepthwise = draw(0...4) == 0
            let groups = isDepthwise ? draw(2...50) : draw(0...3) == 0 ? draw(2...3) : 1
            let kernel = draw(0...2) == 0 ? Extent(3) : draw(0...3) == 0 ? 1 : extent(1...4)
            let plain = draw(0...1) == 0
            let shape = [
                draw(0...3), isDepthwise ? groups : draw(1...(draw(0...2) == 0 ? 40 : 9)) * groups,
                draw(1...11), draw(1...11),
            ]
            let filters = [
                isDepthwise ? groups : draw(1...(draw(0...2) == 0 ? 40 : 9)) * groups, shape[1] / groups,
                kernel.height, kernel.width,
            ]
            let (stride, padding, dilation) = (
                plain ? 1 : extent(1...3), extent(0...(plain ? 2 : 5)), plain ? 1 : extent(1...3)
            )
            guard shape[2] + 2 * padding.height > dilation.height * (kernel.height - 1),
                shape[3] + 2 * padding.width > dilation.width * (kernel.width - 1)
            else { continue }
            geometry = ConvolutionGeometry(
                input: shape, weight: filters, stride: stride, padding: padding, dilation: dilation,
                groups: groups)
            func tensor(_ shape: [Int]) -> Tensor {
                let tensor = Deterministic.tensor(shape, seed: generator.next())
                return draw(0...1) == 0 ? tensor : Arrangement.channelsLast(tensor)
            }
            input = tensor(shape)
            weight = tensor(filters)
            bias = tensor([filters[0]])
            gradient = tensor(geometry.outputShape)
            expected = Self.passes(geometry, input.floats, weight.floats, bias.floats, gradient.floats)
            return
        }
    }

    private static func passes(
        _ g: ConvolutionGeometry, _ x: [Float], _ w: [Float], _ b: [Float], _ dy: [Float]
    ) -> [String: [Double]] {
        var y = [Double](repeating: 0, count: dy.count)
        var (dx, dw) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: w.count))
        var db = [Double](repeating: 0, count: b.count)
        let (groupIn, groupOut) = (g.inChannels / g.groups, g.outChannels / g.groups)
        var index = 0
        for n in 0..<g.batch {
            for o in 0..<g.outChannels {
                for i in 0..<g.output.height {
                    for j in 0..<g.output.width {
                        y[index] = Double(b[o])
                        db[o] += Double(dy[index])
                        for c in 0..<groupIn {
                            for k in 0..<g.kernel.area {
                                let (kh, kw) = (k / g.kernel.width, k % g.kernel.width)
                                let row = i * g.stride.height - g.padding.height + kh * g.dilation.height
                                let column = j * g.stride.width - g.padding.width + kw * g.dilation.width
                                guard (0..<g.input.height).contains(row), (0..<g.input.width).contains(column)
                                else { continue }
                                let channel = n * g.inChannels + o / groupOut * groupIn + c
                                let from = (channel * g.input.height + row) * g.input.width + column
                                let tap = (o * groupIn + c) * g.kernel.area + k
                                y[index] += Double(x[from]) * Double(w[tap])
                                dx[from] += Double(dy[index]) * Double(w[tap])
                                dw[tap] += Double(dy[index]) * Double(x[from])
                            }
                        }
                        index += 1
                    }
                }
            }
        }
        return ["output": y, "input": dx, "weight": dw, "bias": db]
    }

    func value(by algorithm: ConvolutionPlan.Algorithm) -> [String: Tensor] {
        ConvolutionPlan.$forced.withValue(algorithm) {
            [
                "output": conv2d(
                    input, weight: weight, bias: bias, stride: geometry.stride, padding: geometry.padding,
                    dilation: geometry.dilation, groups: geometry.groups)
            ]
        }
    }

    func valueAndGradients(by algorithm: ConvolutionPlan.Algorithm?) -> [String: Tensor] {
        let parameters = ["input": Parameter(input), "weight": Parameter(weight), "bias": Parameter(bias)]
        let value = ConvolutionPlan.$forced.withValue(algorithm) {
            let value = conv2d(
                parameters["input"]!.tensor, weight: parameters["weight"]!.tensor,
                bias: parameters["bias"]!.tensor, stride: geometry.stride, padding: geometry.padding,
                dilation: geometry.dilation, groups: geometry.groups)
            value.backward(gradient: gradient)
            return value
        }
        return parameters.mapValues { $0.gradient! }.merging(["output": value.detached]) { $1 }
    }

    func expectEqual(to found: [String: Tensor], _ way: String) {
        for (name, tensor) in found {
            let difference = Difference(tensor.floats, expected[name]!.map { Float($0) })
            #expect(
                tensor.count == expected[name]!.count && difference.relativeToLargest < 1e-4,
                "\(way), \(name) of \(geometry): \(difference)")
        }
    }
}
