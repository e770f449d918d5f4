// SPDX-License-Identifier: Apache-2.0

import Files

/// What a state dictionary lacked, or had too much, when it was loaded.
public struct LoadReport: Sendable, Equatable {
    /// Names of the model that the dictionary does not have.
    public var missing: [String] = []
    /// Names of the dictionary that the model does not have.
    public var unexpected: [String] = []
    /// What a checkpoint's names began with before the model's own: `state_dict.module.`. Tensors without it were left
    /// out.
    public var prefix = ""

    public init(missing: [String] = [], unexpected: [String] = [], prefix: String = "") {
        self.missing = missing
        self.unexpected = unexpected
        self.prefix = prefix
    }
}

public enum StateError: DescribedError, Equatable {
    case shapeMismatch(name: String, found: [Int], expected: [Int])
    case names(LoadReport)
    /// Several parts of a checkpoint have the model's names.
    case ambiguous(prefixes: [String])
    /// What the model asks for is in the checkpoint, and cannot be read.
    case unreadable(name: String, reason: String)
    /// Too little of a checkpoint fits for it to be a beginning; nothing of it was taken over.
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

    /// Sets parameters and buffers from a state dictionary. Nothing changes unless all of it fits.
    /// - Parameter strict: whether names that only one side has are an error.
    /// - Returns: those names.
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
            // In the memory order that convolutions choose for themselves.
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
