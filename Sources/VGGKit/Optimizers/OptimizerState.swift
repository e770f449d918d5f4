// SPDX-License-Identifier: Apache-2.0

import Checks
import Files

/// Why an optimizer's state could not be restored.
public enum OptimizerStateError: DescribedError, Equatable {
    /// An entry of a kind that this optimizer does not have, or for a parameter that it does not have.
    case unexpected(name: String)
    /// An entry is missing that the other entries of its parameter need.
    case missing(name: String)
    case shapeMismatch(name: String, found: [Int], expected: [Int])
    case typeMismatch(name: String, found: ScalarType, expected: ScalarType)
    /// The state of PyTorch's optimizer does not fit this optimizer.
    case notAState(reason: String)

    public var description: String {
        switch self {
        case .unexpected(let name):
            "the optimizer's state has \(name), which this optimizer does not; was it another optimizer or model?"
        case .missing(let name):
            "the optimizer's state lacks \(name)"
        case .shapeMismatch(let name, let found, let expected):
            "the optimizer's \(name) has shape \(found), its parameter \(expected)"
        case .notAState(let reason):
            "PyTorch's state of an optimizer does not fit: \(reason)"
        case .typeMismatch(let name, let found, let expected):
            "the optimizer's \(name) holds \(found) elements, it should hold \(expected)"
        }
    }
}

/// The state that an optimizer keeps for each of its parameters, in the order of the groups, and its
/// conversion to and from state dictionaries.
struct OptimizerState<Slot> {
    /// One entry of a slot, with its name; nil if there is none yet.
    struct Entry {
        let kind: String
        let type: ScalarType
        let read: (Slot) -> Tensor?
        let write: (inout Slot, Tensor) -> Void
    }

    private let empty: Slot
    private let entries: [Entry]
    var slots: [Slot]

    init(empty: Slot, count: Int, entries: [Entry]) {
        self.empty = empty
        self.entries = entries
        slots = [Slot](repeating: empty, count: count)
    }

    /// Creates the moments of all trainable parameters before the first step, so that later steps need no
    /// more memory. Parameters that are unfrozen later get theirs in their first step.
    mutating func makeMoments(_ moments: WritableKeyPath<Slot, Tensor?>..., of parameters: [Parameter]) {
        for (index, parameter) in parameters.enumerated() where parameter.isTrainable {
            for moment in moments {
                slots[index][keyPath: moment] = Tensor.zeros(like: parameter.value)
            }
        }
    }

    func dictionary(
        of parameters: [Parameter], named names: [(name: String, parameter: Parameter)]
    ) -> [(name: String, tensor: Tensor)] {
        zip(slots, Self.names(of: parameters, in: names)).flatMap { slot, name in
            entries.compactMap { entry in
                entry.read(slot).map { (name: "\(entry.kind).\(name)", tensor: $0) }
            }
        }
    }

    /// Restores from a dictionary. A parameter without entries has not been updated yet.
    mutating func restore(
        _ dictionary: [(name: String, tensor: Tensor)], of parameters: [Parameter],
        named names: [(name: String, parameter: Parameter)]
    ) throws(OptimizerStateError) {
        var rest = Dictionary(dictionary.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        var restored = [Slot](repeating: empty, count: slots.count)
        for (index, name) in Self.names(of: parameters, in: names).enumerated() {
            let found = entries.map { rest.removeValue(forKey: "\($0.kind).\(name)") }
            guard found.contains(where: { $0 != nil }) else { continue }
            let value = parameters[index].value
            for (entry, tensor) in zip(entries, found) {
                let full = "\(entry.kind).\(name)"
                guard let tensor else { throw .missing(name: full) }
                let shape = entry.type == .float32 ? value.shape : []
                guard tensor.scalarType == entry.type else {
                    throw .typeMismatch(name: full, found: tensor.scalarType, expected: entry.type)
                }
                guard tensor.shape == shape else {
                    throw .shapeMismatch(name: full, found: tensor.shape, expected: shape)
                }
                entry.write(&restored[index], tensor)
            }
        }
        if let name = rest.keys.min() { throw .unexpected(name: name) }
        slots = restored
    }

    private static func names(
        of parameters: [Parameter], in names: [(name: String, parameter: Parameter)]
    ) -> [String] {
        let byIdentity = Dictionary(
            names.map { (ObjectIdentifier($0.parameter), $0.name) }, uniquingKeysWith: { first, _ in first })
        return parameters.enumerated().map { index, parameter in
            guard let name = byIdentity[ObjectIdentifier(parameter)] else {
                fail(
                    "optimizer: parameter \(index), of shape \(parameter.shape), has no name among the \(names.count) given"
                )
            }
            return name
        }
    }
}
