// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct ArithmeticTests {
    @Test func comparisonsTakeVariablesOfAnyType() {
        let x = Tensor([0.1, 0.2, 0.3] as [Float])
        let (single, double): (Float, Double) = (0.2, 0.2)
        #expect((x .> single).scalars(UInt8.self) == [0, 0, 1])
        #expect((x .>= double).scalars(UInt8.self) == [0, 1, 1])
        #expect((single .> x).scalars(UInt8.self) == [1, 0, 0])
        #expect((x .> 0).scalars(UInt8.self) == [1, 1, 1])
    }

    @Test func thePowerOfOneHasAGradient() {
        let x = Parameter(Tensor([-2, 0, 3] as [Float]))
        pow(x.tensor, 1).sum().backward()
        #expect(x.gradient!.floats == [1, 1, 1])
    }

    let fixture = try! FixtureFile("operations/elementwise")

    @Test(
        "Elementwise operations, with broadcasting, equal PyTorch's",
        arguments: OperationCase.table("elementwise"))
    func matchesPyTorch(_ row: OperationCase) {
        row.expectPyTorch(fixture) { inputs in
            let x = inputs["input"] ?? inputs["a"]!
            let y = inputs["b"] ?? x
            return switch row.operation {
            case "add": x + y
            case "subtract": x - y
            case "multiply": x * y
            case "divide": x / y
            case "maximum": maximum(x, y)
            case "minimum": minimum(x, y)
            case "exp": exp(x)
            case "log": log(x)
            case "sqrt": sqrt(x)
            case "sin": sin(x)
            case "cos": cos(x)
            case "abs": abs(x)
            case "negate": -x
            case "square": x * x
            case "power": pow(x, row.float("exponent")!)
            case "clamp": clamp(x, row.float("low")!...row.float("high")!)
            case "scalars": (2 * x - 1) / 4 + 3 - 1 / (x + 2) + (1 - x) * 0.5
            default: fatalError("\(row.operation) is not in this table")
            }
        }
    }

    @Test func gradientsAreFiniteDifferences() {
        let a = Deterministic.tensor([2, 3], seed: 1, scale: 0.5, shift: 1.5)
        let b = Deterministic.tensor([3], seed: 2, scale: 0.5, shift: 1.5)
        let binary: [String: (Tensor, Tensor) -> Tensor] = [
            "+": { $0 + $1 }, "-": { $0 - $1 }, "*": { $0 * $1 }, "/": { $0 / $1 },
            "maximum": { maximum($0, $1) },
            "minimum": { minimum($0, $1) },
        ]
        for (name, operation) in binary {
            expectGradients(name, at: [a, b]) { operation($0[0], $0[1]) }
        }
        let unary: [String: (Tensor) -> Tensor] = [
            "exp": { exp($0) }, "log": { log($0) }, "sqrt": { sqrt($0) }, "sin": { sin($0) },
            "cos": { cos($0) },
            "abs": { abs($0) }, "power": { pow($0, 1.7) }, "clamp": { clamp($0, 1.2...1.7) },
            "negate": { -$0 },
        ]
        for (name, operation) in unary {
            expectGradients(name, at: [a]) { operation($0[0]) }
        }
    }

    @Test func integersStayIntegersAndWrapAround() {
        let a = Tensor([Int32.max, 7])
        let b = Tensor([Int32(1), -9])
        #expect((a + b).scalars(Int32.self) == [Int32.min, -2])
        #expect((a * b).scalars(Int32.self) == [Int32.max, -63])
        #expect((a - b).scalars(Int32.self) == [Int32.max - 1, 16])
    }

    @Test func comparisonsGiveZeroAndOne() {
        let a = Tensor([1, 2, 3] as [Float])
        let b = Tensor([3, 2, 1] as [Float])
        #expect((a .< b).scalars(UInt8.self) == [1, 0, 0])
        #expect((a .>= b).scalars(UInt8.self) == [0, 1, 1])
        #expect((a .== b).scalars(UInt8.self) == [0, 1, 0])
        #expect((a .!= b).scalars(UInt8.self) == [1, 0, 1])
    }

    @Test func whatIsNotChosenHasNoEffect() {
        let x = Parameter(Tensor([-1, 0, 4] as [Float]))
        let root = choose(where: x.value .> 0, sqrt(x.tensor), 0)
        #expect(root.floats == [0, 0, 2])
        root.sum().backward()
        #expect(x.gradient!.floats[2] == 0.25)
    }

    @Test(arguments: [[Float.nan, 1, 2], [1, .nan, 2], [1, 2, .infinity], [-.infinity, 0, 1]])
    func nonFiniteValuesPropagate(_ values: [Float]) {
        let x = Tensor(values)
        for result in [x + 1, x * 2, x - x * 0.5, maximum(x, 0 * x), minimum(x, 0 * x)] {
            for (value, input) in zip(result.floats, values) where input.isNaN { #expect(value.isNaN) }
        }
        #expect(exp(x).floats.map { $0.isNaN } == values.map { $0.isNaN })
        if values.contains(where: \.isNaN) {
            #expect(x.sum().item().isNaN)
            #expect(x.max().item().isNaN)
        }
    }

    @Test func comparisonsWithNumbersAreExact() {
        let large = Tensor([16_777_216, 16_777_217, -5] as [Int32])
        #expect((large .== 16_777_217).scalars(UInt8.self) == [0, 1, 0])
        #expect((16_777_216 .< large).scalars(UInt8.self) == [0, 1, 0])
        let small = Tensor([2, 3, 0] as [Int32])
        #expect((small .== 2.7).scalars(UInt8.self) == [0, 0, 0])
        #expect((small .< 2.7).scalars(UInt8.self) == [1, 0, 1])
        #expect((2.7 .< small).scalars(UInt8.self) == [0, 1, 0])
        #expect((small .== Tensor(2.5 as Float)).scalars(UInt8.self) == [0, 0, 0])
        let bytes = Tensor([2, 255] as [UInt8])
        #expect((bytes .== -254).scalars(UInt8.self) == [0, 0])
        #expect((bytes .< 300).scalars(UInt8.self) == [1, 1])
        // A number is what it is in the tensor's type.
        #expect((Tensor(0.1 as Float) .== 0.1).item() == 1)
        #expect((Tensor(BFloat16(0.1)) .== 0.1).item() == 1)
        #expect((Tensor([Float.nan]) .!= 0).item() == 1)
    }

    @Test func quotientsAreNotProducts() {
        let zero = Tensor([0, 0] as [Float])
        let tiny = Float.leastNormalMagnitude / 256
        #expect((zero / tiny).floats == [0, 0])
        for divisor in [3, 41, 49, tiny] {
            #expect((Tensor([divisor]) / divisor).item() == 1)
            #expect((Tensor([divisor]) / Tensor([divisor])).item() == 1)
        }
    }

    @Test func zerosKeepTheirSigns() {
        let zeros = Tensor([0, -0.0] as [Float])
        func signs(_ x: Tensor) -> [Bool] { x.floats.map { $0.sign == .minus } }
        #expect(signs(-zeros) == [true, false])
        #expect(signs(zeros * 2) == [false, true])
        #expect(signs(-3 * zeros) == [true, false])
        #expect(signs(zeros / -2) == [true, false])
        #expect(signs(zeros - 0) == [false, true])
        #expect(signs(zeros + 0) == [false, false])
        #expect(signs(0 - zeros) == [false, false])
        #expect((1 / zeros).floats == [.infinity, -.infinity])
        let x = Parameter(zeros)
        (x.tensor * 2).backward(gradient: zeros)
        #expect(signs(x.gradient!) == [false, true])
    }

    @Test func integersAreNegated() {
        #expect((-Tensor([3, 0, Int32.min])).scalars(Int32.self) == [-3, 0, Int32.min])
    }
}
