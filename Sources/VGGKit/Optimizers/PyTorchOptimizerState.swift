// SPDX-License-Identifier: Apache-2.0

/// Optimizers' states in the format of PyTorch's `state_dict()`: `state`, by the number of the parameter, and
/// `param_groups`. Parameters are numbered in the order of the groups, as there.
extension Optimizer {
    /// The equivalent of `optimizer.state_dict()`. The step counts of Adam are `float32`, as in PyTorch.
    public var pyTorchState: CheckpointValue {
        let numbered = numberedParameters
        var slots: [Int: [(key: CheckpointKey, value: CheckpointValue)]] = [:]
        for (name, tensor) in state(named: numbered) {
            let parts = name.split(separator: ".")
            let value = parts[0] == "step" ? tensor.to(.float32) : tensor
            slots[Int(parts[1])!, default: []].append((.name(String(parts[0])), .tensor(value)))
        }
        var next = 0
        let groups = self.groups.map { group in
            defer { next += group.parameters.count }
            let numbers = (next..<next + group.parameters.count).map { CheckpointValue.int($0) }
            return CheckpointValue.dictionary(settings(of: group) + [("params", .list(numbers))])
        }
        return .dictionary([
            (
                "state",
                .dictionary(slots.sorted { $0.key < $1.key }.map { (.index($0.key), .dictionary($0.value)) })
            ),
            ("param_groups", .list(groups)),
        ])
    }

    /// Restores a state of PyTorch's `optimizer.state_dict()`: moments, step counts, and each group's
    /// learning rate, weight decay and momentum. If anything does not fit, nothing is changed.
    /// - Throws: `OptimizerStateError`
    public func restore(pyTorchState value: CheckpointValue) throws(OptimizerStateError) {
        guard let slots = value["state"]?.members, let stored = value["param_groups"]?.items else {
            throw .notAState(reason: "it has no state and param_groups")
        }
        let sizes = stored.map { $0["params"]?.items?.count ?? -1 }
        guard sizes == groups.map(\.parameters.count) else {
            throw .notAState(
                reason:
                    "its groups have \(sizes) parameters, this optimizer's \(groups.map(\.parameters.count))")
        }
        // The numbers may be any; the groups list them in the order of the parameters.
        let order = stored.flatMap { $0["params"]!.items! }.compactMap(\.int)
        let positions = Dictionary(zip(order, 0...), uniquingKeysWith: { $1 })
        var entries: [(name: String, tensor: Tensor)] = []
        for (key, slot) in slots {
            guard case .index(let number) = key, let position = positions[number], let members = slot.members
            else {
                throw .unexpected(name: "state.\(key)")
            }
            for (kind, value) in members where !value.isNone {
                let name = "\(kind).\(position)"
                if kind == "step" {
                    // PyTorch before 1.12 counted in Python.
                    guard let count = value.number, count >= 0, count <= Double(Int32.max) else {
                        throw .notAState(reason: "its \(name) is no number of steps")
                    }
                    entries.append((name, Tensor(Int32(count))))
                } else if let tensor = value.tensor {
                    entries.append((name, tensor))
                } else {
                    throw .unexpected(name: name)
                }
            }
        }
        var updated = groups
        for (index, group) in stored.enumerated() { try take(group, into: &updated[index]) }
        try restore(entries, named: numberedParameters)
        groups = updated
    }

    private var numberedParameters: [(name: String, parameter: Parameter)] {
        groups.flatMap(\.parameters).enumerated().map { ("\($0.offset)", $0.element) }
    }

    private func settings(of group: OptimizerGroup) -> [(key: CheckpointKey, value: CheckpointValue)] {
        func number(_ value: Float) -> CheckpointValue { .float(Double("\(value)")!) }
        let common: [(key: CheckpointKey, value: CheckpointValue)] = [
            ("lr", number(group.learningRate)), ("initial_lr", number(group.initialLearningRate)),
            ("weight_decay", number(group.weightDecay)), ("maximize", .bool(false)), ("foreach", .none),
            ("differentiable", .bool(false)), ("fused", .none),
        ]
        switch self {
        case let sgd as SGD:
            return common + [
                ("momentum", number(group.momentum)), ("dampening", number(sgd.dampening)),
                ("nesterov", .bool(sgd.nesterov)),
            ]
        case let adam as Adam:
            return common + [
                ("betas", .tuple([number(group.momentum), number(group.beta2)])),
                ("eps", number(adam.epsilon)),
                ("amsgrad", .bool(false)), ("capturable", .bool(false)),
                ("decoupled_weight_decay", .bool(adam is AdamW)),
            ]
        default: return common
        }
    }

    /// Restores a group's settings. Settings that cannot be changed must agree.
    private func take(
        _ stored: CheckpointValue, into group: inout OptimizerGroup
    ) throws(OptimizerStateError) {
        for name in ["amsgrad", "maximize"] where stored[.name(name)]?.bool == true {
            throw .notAState(reason: "it was made with \(name), which is not supported")
        }
        func number(_ value: CheckpointValue?, _ name: String, _ bound: Double) throws(OptimizerStateError)
            -> Float?
        {
            guard let value else { return nil }
            guard let number = value.number, number >= 0, number < bound else {
                throw .notAState(reason: "its \(name) is no number that it can be")
            }
            return Float(number)
        }
        func require(_ name: String, _ own: Float) throws(OptimizerStateError) {
            guard let found = try number(stored[.name(name)], name, .infinity), found != own else { return }
            throw .notAState(reason: "it was made with \(name) \(found), this optimizer with \(own)")
        }
        if let rate = try number(stored["lr"], "lr", .infinity) { group.learningRate = rate }
        if let decay = try number(stored["weight_decay"], "weight_decay", .infinity) {
            group.weightDecay = decay
        }
        switch self {
        case let sgd as SGD:
            if let momentum = try number(stored["momentum"], "momentum", .infinity) {
                group.momentum = momentum
            }
            try require("dampening", sgd.dampening)
            if let nesterov = stored["nesterov"]?.bool, nesterov != sgd.nesterov {
                throw .notAState(
                    reason: "it was made with nesterov \(nesterov), this optimizer with \(sgd.nesterov)")
            }
        case let adam as Adam:
            if let betas = stored["betas"]?.items, betas.count == 2 {
                group.momentum = try number(betas[0], "betas", 1)!
                group.beta2 = try number(betas[1], "betas", 1)!
            }
            try require("eps", adam.epsilon)
            if let isDecoupled = stored["decoupled_weight_decay"]?.bool, isDecoupled != (adam is AdamW) {
                throw .notAState(
                    reason: "it is \(isDecoupled ? "AdamW" : "Adam")'s, this optimizer is another")
            }
        default: break
        }
    }
}

extension CheckpointValue {
    /// A number, or the element of a tensor with one element: settings that PyTorch's compiled or captured
    /// steps change are tensors.
    var number: Double? {
        guard let tensor else { return float }
        guard tensor.count == 1 else { return nil }
        return Double(tensor.to(.float32).floats[0])
    }
}
