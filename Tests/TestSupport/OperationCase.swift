// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

/// One row of a table in Tests/Fixtures/operations: inputs, options, and what PyTorch makes of them.
public struct OperationCase: Decodable, Sendable, CustomTestStringConvertible {
    public struct Input: Decodable, Sendable {
        public let name: String
        public let shape: [Int]
        let seed: UInt64
        let values: String?
        let scale: Float?
        let shift: Float?
        let bound: Int?
        let gradient: Bool?

        public var tensor: Tensor {
            switch values ?? "uniform" {
            case "integers": return Deterministic.labels(shape, seed: seed, below: bound!)
            case "coarse": return Deterministic.tensor(shape) { Deterministic.coarse(seed: seed, $0) }
            default: return Deterministic.tensor(shape, seed: seed, scale: scale ?? 1, shift: shift ?? 0)
            }
        }

        public var needsGradient: Bool { values != "integers" && gradient ?? true }
    }

    public enum Option: Decodable, Sendable {
        case flag(Bool)
        case number(Double)
        case numbers([Double])
        case text(String)
        case texts([String])

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .flag(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode([Double].self) {
                self = .numbers(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else {
                self = .texts(try container.decode([String].self))
            }
        }
    }

    public let name: String
    public let operation: String
    public let inputs: [Input]
    public let options: [String: Option]
    let outputShape: [Int]
    let gradientSeed: UInt64?

    public var testDescription: String { name }

    /// The cases of `Tests/Fixtures/operations/<table>.json`, or those of one operation among them.
    public static func table(_ table: String, of operation: String? = nil) -> [OperationCase] {
        do {
            return try FixtureFile.table("operations/\(table)").filter {
                operation == nil || $0.operation == operation
            }
        } catch {
            fatalError("Tests/Fixtures/operations/\(table).json: \(error)")
        }
    }

    public func flag(_ name: String) -> Bool? {
        if case .flag(let value) = options[name] { value } else { nil }
    }

    public func float(_ name: String) -> Float? {
        if case .number(let value) = options[name] { Float(value) } else { nil }
    }

    public func int(_ name: String) -> Int? { float(name).map { Int($0) } }

    public func ints(_ name: String) -> [Int]? {
        if case .numbers(let values) = options[name] { values.map { Int($0) } } else { nil }
    }

    public func extent(_ name: String) -> Extent? { ints(name).map { Extent($0[0], $0[1]) } }

    public func text(_ name: String) -> String? {
        if case .text(let value) = options[name] { value } else { nil }
    }
}

extension OperationCase {
    /// Expects the operation's value, and the gradient of each input that has one, to be close to PyTorch's,
    /// however the inputs and the incoming gradient lie in memory.
    public func expectPyTorch(
        _ fixture: FixtureFile, relative: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation,
        _ operation: ([String: Tensor]) -> Tensor
    ) {
        for arrangement in Arrangement.allCases {
            expectPyTorch(fixture, relative, arrangement, sourceLocation) { ["output": operation($0)] }
        }
    }

    /// The same for an operation with further results; `output` is the one that the gradient comes from.
    public func expectPyTorch(
        _ fixture: FixtureFile, relative: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation,
        named operation: ([String: Tensor]) -> [String: Tensor]
    ) {
        for arrangement in Arrangement.allCases {
            expectPyTorch(fixture, relative, arrangement, sourceLocation, operation)
        }
    }

    private func expectPyTorch(
        _ fixture: FixtureFile, _ relative: Double, _ arrangement: Arrangement,
        _ sourceLocation: SourceLocation,
        _ operation: ([String: Tensor]) -> [String: Tensor]
    ) {
        var parameters: [String: Parameter] = [:]
        var tensors: [String: Tensor] = [:]
        for input in inputs {
            let tensor = arrangement(input.tensor)
            if input.needsGradient {
                parameters[input.name] = Parameter(tensor)
                tensors[input.name] = parameters[input.name]!.tensor
            } else {
                tensors[input.name] = tensor
            }
        }
        let results = operation(tensors)
        for (key, value) in results.sorted(by: { $0.key < $1.key }) {
            fixture.expectClose(
                value, to: "\(name)/\(key)", relative: relative, "\(arrangement)",
                sourceLocation: sourceLocation)
        }
        guard let gradientSeed, let output = results["output"], output.shape == outputShape else { return }
        guard output.isRecorded else {
            Issue.record("\(name): the output is not recorded", sourceLocation: sourceLocation)
            return
        }
        output.backward(gradient: arrangement(Deterministic.tensor(outputShape, seed: gradientSeed)))
        for (key, parameter) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let gradient = parameter.gradient else {
                Issue.record("\(name): \(key) got no gradient", sourceLocation: sourceLocation)
                continue
            }
            fixture.expectClose(
                gradient, to: "\(name)/gradient.\(key)", relative: relative, "\(arrangement)",
                sourceLocation: sourceLocation)
        }
    }
}
