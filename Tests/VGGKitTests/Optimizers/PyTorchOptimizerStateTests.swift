// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Runs begun in PyTorch and gone on with here, and the other way round.
@Suite struct PyTorchOptimizerStateTests {
    enum Kind: String, CaseIterable, Sendable {
        case sgd, adam, adamw

        func make(_ parameters: [Parameter]) -> any Optimizer {
            switch self {
            case .sgd: SGD(parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true)
            case .adam: Adam(parameters, learningRate: 0.1, weightDecay: 0.01)
            case .adamw: AdamW(parameters, learningRate: 0.1)
            }
        }
    }

    private static let shapes = [("a.weight", [4, 3, 3, 3]), ("a.bias", [4]), ("b.weight", [2, 5])]

    private func start() -> [(name: String, parameter: Parameter)] {
        Self.shapes.enumerated().map { index, entry in
            (entry.0, Parameter(Deterministic.tensor(entry.1, seed: UInt64(index))))
        }
    }

    private func steps(
        _ numbers: Range<Int>, _ named: [(name: String, parameter: Parameter)], _ optimizer: any Optimizer
    ) {
        for number in numbers {
            for (index, entry) in named.enumerated() {
                entry.parameter.gradient = Deterministic.tensor(
                    entry.parameter.shape, seed: UInt64(100 * number + index))
            }
            optimizer.step()
        }
    }

    private func fixture(_ kind: Kind, _ step: Int) throws -> CheckpointValue {
        try CheckpointValue(
            contentsOf: FixtureFile.folder.appending(path: "resuming/\(kind.rawValue)-\(step).pth"))
    }

    private func expectClose(
        _ named: [(name: String, parameter: Parameter)], _ expected: CheckpointValue, _ comment: String
    ) {
        for (name, parameter) in named {
            let wanted = expected["model"]![.name(name)]!.tensor!.floats
            let found = parameter.value.floats
            let error = zip(found, wanted).map { abs($0 - $1) }.max()!
            #expect(error < 2e-6, "\(comment) \(name)")
        }
    }

    @Test(arguments: [
        CheckpointValue.tensor(Tensor([1, 2] as [Float])), .tensor(Tensor.zeros([0])), .float(-1),
        .float(.nan),
        .text("3"),
    ])
    func aCountOfStepsThatIsNoneIsAnError(step: CheckpointValue) {
        let parameter = Parameter(Tensor.zeros([2]))
        let zeros = CheckpointValue.tensor(Tensor.zeros([2]))
        let slot: [(key: CheckpointKey, value: CheckpointValue)] = [
            ("step", step), ("exp_avg", zeros), ("exp_avg_sq", zeros),
        ]
        let group: [(key: CheckpointKey, value: CheckpointValue)] = [("params", .list([.int(0)]))]
        let state: [(key: CheckpointKey, value: CheckpointValue)] = [
            ("state", .dictionary([(.index(0), .dictionary(slot))])),
            ("param_groups", .list([.dictionary(group)])),
        ]
        #expect(throws: OptimizerStateError.self) {
            try Adam([parameter], learningRate: 0.1).restore(pyTorchState: .dictionary(state))
        }
    }

    @Test(arguments: Kind.allCases) func aRunOfPyTorchGoesOnHere(kind: Kind) throws {
        let saved = try fixture(kind, 3)
        let named = start()
        for (name, parameter) in named { parameter.value = saved["model"]![.name(name)]!.tensor! }
        let optimizer = kind.make(named.map(\.parameter))
        try optimizer.restore(pyTorchState: saved["optimizer"]!)
        steps(3..<6, named, optimizer)
        expectClose(named, try fixture(kind, 6), "after six steps")
    }

    @Test(
        .enabled(if: Oracle.isPresent, "needs Python with torch in .venv, or VGGKIT_TEST_PYTHON"),
        arguments: Kind.allCases) func aRunGoesOnInPyTorch(kind: Kind) throws
    {
        let folder = TemporaryFolder()
        let url = folder.url.appending(path: "run.pth")
        let named = start()
        let optimizer = kind.make(named.map(\.parameter))
        steps(0..<3, named, optimizer)
        let model = named.map { (CheckpointKey.name($0.name), CheckpointValue.tensor($0.parameter.value)) }
        try CheckpointValue.dictionary([("model", .dictionary(model)), ("optimizer", optimizer.pyTorchState)])
            .write(to: url)
        _ = try Oracle.run("resuming.py", ["continue", kind.rawValue, url.path])
        steps(3..<6, named, optimizer)
        expectClose(named, try CheckpointValue(contentsOf: url), "after PyTorch's steps")
    }

    @Test(arguments: Kind.allCases) func aStateComesBackToTheSameBits(kind: Kind) throws {
        let folder = TemporaryFolder()
        let url = folder.url.appending(path: "state.pth")
        let named = start()
        let optimizer = kind.make(named.map(\.parameter))
        optimizer.learningRate = 0.03
        steps(0..<3, named, optimizer)
        try optimizer.pyTorchState.write(to: url)
        let copies = named.map { (name: $0.name, parameter: Parameter($0.parameter.value)) }
        let other = kind.make(copies.map(\.parameter))
        try other.restore(pyTorchState: CheckpointValue(contentsOf: url))
        #expect(other.learningRate == 0.03)
        steps(3..<6, named, optimizer)
        steps(3..<6, copies, other)
        for (a, b) in zip(named, copies) { #expect(a.parameter.value.floats == b.parameter.value.floats) }
    }

    /// `Adam(…, lr=torch.tensor(0.1))`, as for compiled and captured steps.
    @Test func settingsMayBeTensors() throws {
        func withTensors(_ tree: CheckpointValue, _ shape: [Int]) -> CheckpointValue {
            switch tree {
            case .dictionary(let members):
                .dictionary(
                    members.map { key, value in
                        let isSetting = ["lr", "weight_decay", "eps"].contains("\(key)")
                        let tensor = value.float.map { Tensor([Float($0)]).reshaped(to: shape) }
                        return (key, isSetting ? .tensor(tensor!) : withTensors(value, shape))
                    })
            case .list(let items): .list(items.map { withTensors($0, shape) })
            case .tuple(let items): .tuple(items.map { .tensor(Tensor(Float($0.float!))) })
            default: tree
            }
        }
        let saved = try fixture(.adam, 3)["optimizer"]!
        for shape in [[], [1]] as [[Int]] {
            let (plain, other) = (start(), start())
            let adam = Kind.adam.make(plain.map(\.parameter))
            try adam.restore(pyTorchState: saved)
            adam.learningRate = 0.5
            let copy = Kind.adam.make(other.map(\.parameter))
            copy.learningRate = 0.5
            try copy.restore(pyTorchState: withTensors(saved, shape))
            #expect(copy.learningRate == 0.1)
            adam.learningRate = 0.1
            steps(3..<5, plain, adam)
            steps(3..<5, other, copy)
            for (a, b) in zip(plain, other) { #expect(a.parameter.value.floats == b.parameter.value.floats) }
        }
        let several = CheckpointValue.dictionary([
            ("state", .dictionary([])),
            (
                "param_groups",
                .list([
                    .dictionary([
                        ("lr", .tensor(Tensor([0.1, 0.2] as [Float]))),
                        ("params", .list([.int(0), .int(1), .int(2)])),
                    ])
                ])
            ),
        ])
        let error = #expect(throws: OptimizerStateError.self) {
            try Kind.sgd.make(start().map(\.parameter)).restore(pyTorchState: several)
        }
        #expect("\(error!)".contains("lr"))
    }

    @Test func whatDoesNotFitIsAnErrorAndChangesNothing() throws {
        let named = start()
        let sgd = Kind.sgd.make(named.map(\.parameter))
        func reason(_ optimizer: any Optimizer, _ value: CheckpointValue) -> String {
            let error = #expect(throws: OptimizerStateError.self) {
                try optimizer.restore(pyTorchState: value)
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(reason(sgd, try fixture(.adam, 3)["optimizer"]!).contains("exp_avg"))
        #expect(reason(sgd, .dictionary([])).contains("no state and param_groups"))
        let adam = Kind.adam.make(named.map(\.parameter))
        #expect(reason(adam, try fixture(.adamw, 3)["optimizer"]!).contains("AdamW"))
        let fewer = Kind.adam.make([named[0].parameter])
        #expect(reason(fewer, try fixture(.adam, 3)["optimizer"]!).contains("[3] parameters"))
        #expect(sgd.state(named: named).isEmpty)
        #expect(sgd.learningRate == 0.1)
    }
}
