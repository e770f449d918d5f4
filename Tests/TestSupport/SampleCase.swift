// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing

/// One row of Tests/Fixtures/opinfo: a call of an operation, and what PyTorch makes of it.
public struct SampleCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Stored: Decodable, Sendable {
        let at: Int
        let shape: [Int]
        let type: ScalarType?
        let needsGradient: Bool?
    }

    public let name: String
    public let operation: String
    public let options: [String: OperationCase.Option]
    /// Special values: each element counts for itself.
    let isStrict: Bool
    let inputs: [Stored]
    let outputs: [Stored]
    let gradients: [Stored]?
    let gradientSeed: UInt64?

    public var testDescription: String { name }

    public static func table() throws -> [SampleCase] { try FixtureFile.table("opinfo/samples") }

    /// What is wrong with the operation's values and gradients, however the inputs lie in memory; nil if
    /// nothing is.
    public func difference(
        from values: [Float], relative: Double, _ operation: ([Tensor]) -> [Tensor]
    ) -> String? {
        for arrangement in Arrangement.allCases {
            if let difference = difference(values, relative, arrangement, operation) {
                return "\(arrangement), \(difference)"
            }
        }
        return nil
    }

    private func difference(
        _ values: [Float], _ relative: Double, _ arrangement: Arrangement, _ operation: ([Tensor]) -> [Tensor]
    ) -> String? {
        func stored(_ entry: Stored) -> [Float] {
            Array(values[entry.at..<entry.at + entry.shape.reduce(1, *)])
        }
        var parameters: [Parameter] = []
        let tensors = inputs.map { input in
            let tensor = arrangement(Tensor(stored(input), shape: input.shape).to(input.type!))
            guard input.needsGradient! else { return tensor }
            parameters.append(Parameter(tensor))
            return parameters.last!.tensor
        }
        let results = operation(tensors)
        for (index, (result, expected)) in zip(results, outputs).enumerated() {
            let result = result.scalarType == .float32 ? result : result.to(.float32)
            if let text = compare(result, stored(expected), expected.shape, relative) {
                return "result \(index): \(text)"
            }
        }
        guard let gradientSeed, let gradients else { return nil }
        guard results[0].isRecorded else { return "no gradient is recorded" }
        results[0].backward(
            gradient: arrangement(Deterministic.tensor(results[0].shape, seed: gradientSeed)))
        for (index, (parameter, expected)) in zip(parameters, gradients).enumerated() {
            let gradient = parameter.gradient ?? Tensor.zeros(expected.shape)
            if let text = compare(gradient, stored(expected), expected.shape, relative) {
                return "gradient \(index): \(text)"
            }
        }
        return nil
    }

    private func compare(_ actual: Tensor, _ expected: [Float], _ shape: [Int], _ relative: Double) -> String?
    {
        guard actual.shape == shape else { return "its shape is \(actual.shape), not \(shape)" }
        let values = actual.floats
        guard isStrict else {
            let difference = Difference(values, expected)
            return difference.worst <= relative ? nil : "\(difference)"
        }
        for (index, (value, wanted)) in zip(values, expected).enumerated() {
            if value == wanted || (value.isNaN && wanted.isNaN) { continue }
            let distance = abs(Double(value) - Double(wanted))
            // Below the smallest normal number float32 has fewer digits.
            if distance <= relative * abs(Double(wanted)) + Double(Float.leastNormalMagnitude) { continue }
            return "element \(index) is \(value), not \(wanted)"
        }
        return nil
    }
}

extension SampleCase {
    public func flag(_ name: String) -> Bool {
        if case .flag(let value) = options[name] { value } else { false }
    }

    /// A number; infinities and NaN are written as text.
    public func float(_ name: String) -> Float? {
        switch options[name] {
        case .number(let value): Float(value)
        case .text(let text): Float(text)
        default: nil
        }
    }

    public func int(_ name: String) -> Int? {
        if case .number(let value) = options[name] { Int(value) } else { nil }
    }

    public func ints(_ name: String) -> [Int] {
        if case .numbers(let values) = options[name] { values.map { Int($0) } } else { [] }
    }

    public func extent(_ name: String) -> Extent { Extent(ints(name)[0], ints(name)[1]) }

    public func text(_ name: String) -> String {
        if case .text(let value) = options[name] { value } else { "" }
    }

    public func texts(_ name: String) -> [String] {
        if case .texts(let values) = options[name] { values } else { [] }
    }
}
