// SPDX-License-Identifier: Apache-2.0

import Files

/// The keys that a model and a state dictionary did not share when it was loaded.
public struct LoadReport: Sendable, Equatable {
    /// Keys of the model that the dictionary does not have.
    public var missing: [String] = []
    /// Keys of the dictionary that the model does not have.
    public var unexpected: [String] = []
    /// The prefix of the model's keys in the checkpoint, such as `state_dict.module.`. Tensors without the
    /// prefix were skipped.
    public var prefix = ""

    /// By default the report of a dictionary with exactly the model's keys.
    public init(missing: [String] = [], unexpected: [String] = [], prefix: String = "") {
        self.missing = missing
        self.unexpected = unexpected
        self.prefix = prefix
    }
}

/// Why a state dictionary or a checkpoint could not be loaded into a model.
public enum StateError: DescribedError, Equatable {
    case shapeMismatch(name: String, found: [Int], expected: [Int])
    case names(LoadReport)
    /// Several parts of a checkpoint have the model's keys.
    case ambiguous(prefixes: [String])
    /// A tensor that the model needs is in the checkpoint, but cannot be read.
    case unreadable(name: String, reason: String)
    /// Too little of a checkpoint fits the model. Nothing was loaded.
    case littleFits(TransferReport)

    public var description: String {
        switch self {
        case .shapeMismatch(let name, let found, let expected):
            "\(name) has shape \(found), the model expects \(expected)"
        case .names(let report):
            "the names do not agree: "
                + [("missing", report.missing), ("unexpected", report.unexpected)]
                .filter { !$0.1.isEmpty }
                .map { kind, names in
                    "\(kind) \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? " and \(names.count - 5) more" : "")"
                }
                .joined(separator: "; ")
        case .ambiguous(let prefixes):
            "several parts of the checkpoint have the model's names; choose one as prefix: "
                + prefixes.map { "\"\($0)\"" }.joined(separator: ", ")
        case .unreadable(_, let reason): reason
        case .littleFits(let report): report.refusal
        }
    }
}

extension Layer {
    /// All parameters and buffers by name, in PyTorch's order.
    public var stateDictionary: [(name: String, tensor: Tensor)] {
        LayerContents(of: self).state.map { ($0.name, $0.state.value) }
    }

    /// Sets parameters and buffers from a state dictionary. If anything does not fit, nothing is changed.
    /// - Parameter strict: whether keys that only one side has are an error.
    /// - Returns: the keys that only one side has.
    /// - Throws: `StateError`
    @discardableResult
    public func load(_ state: [(name: String, tensor: Tensor)], strict: Bool = true) throws(StateError)
        -> LoadReport
    {
        let values = Dictionary(state.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let own = LayerContents(of: self).state
        let ownNames = Set(own.map(\.name))
        let report = LoadReport(
            missing: own.map(\.name).filter { values[$0] == nil },
            unexpected: state.map(\.name).filter { !ownNames.contains($0) })
        if strict && !(report.missing.isEmpty && report.unexpected.isEmpty) { throw .names(report) }
        for (name, state) in own {
            guard let value = values[name], value.shape != state.value.shape else { continue }
            throw .shapeMismatch(name: name, found: value.shape, expected: state.value.shape)
        }
        for (name, state) in own {
            guard let value = values[name]?.to(state.value.scalarType) else { continue }
            switch state {
            // In the memory order that convolutions use.
            case .parameter(let parameter):
                parameter.value = value.rank == 4 ? value.channelsLast() : value.contiguous()
            case .buffer(let buffer): buffer.value = value
            }
        }
        return report
    }
}

extension LayerContents.State {
    var value: Tensor {
        switch self {
        case .parameter(let parameter): parameter.value
        case .buffer(let buffer): buffer.value
        }
    }
}
