// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// Whether a gradient can be pulled back from this tensor.
    public var isRecorded: Bool { node != nil }

    /// Adds the gradient of this tensor with respect to every parameter it depends on to
    /// `Parameter.gradient`.
    ///
    /// The recorded graph is consumed: each operation's saved values are freed as soon as they have been
    /// used. A second pass through any part of the graph traps, even from another task at the same time.
    /// Passes through separate graphs may run at the same time.
    /// - Parameter gradient: the gradient of the loss with respect to this tensor, in its shape. A scalar
    ///   needs none.
    public func backward(gradient: Tensor? = nil, file: StaticString = #fileID, line: UInt = #line) {
        backward(gradient: gradient, atGradient: nil, file: file, line: line)
    }

    /// - Parameter atGradient: called with each parameter when the pass has added all of its gradient, the
    ///   parameters of the last layers first
    package func backward(
        gradient: Tensor? = nil, atGradient: ((Parameter) -> Void)?, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        guard let root = node else {
            fail(
                "backward: nothing was recorded on the way to this tensor: it depends on no trainable parameter, "
                    + "or it was computed withoutRecording", file: file, line: line)
        }
        check(
            gradient != nil || count == 1,
            "backward: a tensor of shape \(shape) needs a gradient of that shape to start from; only a scalar has none",
            file: file,
            line: line)
        check(
            gradient == nil || gradient!.shape == shape,
            "backward: the gradient's shape \(gradient?.shape ?? []) is not the tensor's, \(shape)",
            file: file, line: line)
        gradient?.requireType(.float32, "backward", file: file, line: line)
        withoutRecording {
            var pass = BackwardPass(from: root, gradient?.detached ?? Tensor.ones(shape), file, line)
            pass.run(atGradient)
        }
    }
}

/// One walk through a graph, from its root to its leaves.
private struct BackwardPass {
    /// The nodes that the root depends on, each before its inputs.
    private let nodes: [Node]
    /// The gradient that each node has received so far.
    private var gradients: [ObjectIdentifier: Tensor]
    private let file: StaticString
    private let line: UInt

    init(from root: Node, _ gradient: Tensor, _ file: StaticString, _ line: UInt) {
        (self.file, self.line) = (file, line)
        gradients = [ObjectIdentifier(root): gradient]
        var found: [ObjectIdentifier: Node] = [:]
        var pending = [root]
        while let node = pending.popLast() {
            guard found.updateValue(node, forKey: ObjectIdentifier(node)) == nil else { continue }
            // Leaves do not change. An operation that is claimed belongs to this pass alone.
            guard node.keep == nil else { continue }
            check(
                node.claim(),
                "backward: \(node === root ? "this graph" : "part of this graph") was used by another backward(), "
                    + "before or at the same time; compute the value again", file: file, line: line)
            pending.append(contentsOf: node.inputs.compactMap { $0 })
        }
        nodes = found.values.sorted { $0.number > $1.number }
    }

    mutating func run(_ atGradient: ((Parameter) -> Void)?) {
        var uses = atGradient == nil ? [:] : parameterUses
        for node in nodes {
            if let gradient = gradients.removeValue(forKey: ObjectIdentifier(node)) {
                if let keep = node.keep {
                    keep(gradient)
                } else {
                    pullBack(gradient, through: node)
                }
            } else {
                node.release()
            }
            guard let atGradient, let parameter = node.parameter as? Parameter else { continue }
            uses[ObjectIdentifier(parameter)]! -= 1
            if uses[ObjectIdentifier(parameter)] == 0 { atGradient(parameter) }
        }
    }

    /// How often each parameter is used.
    private var parameterUses: [ObjectIdentifier: Int] {
        nodes.reduce(into: [:]) { uses, node in
            if let parameter = node.parameter { uses[ObjectIdentifier(parameter), default: 0] += 1 }
        }
    }

    private mutating func pullBack(_ gradient: Tensor, through node: Node) {
        let contributions = node.pullback.take()!(gradient)
        check(
            contributions.count == node.inputs.count,
            "differentiable: the pullback returned \(contributions.count) gradients for \(node.inputs.count) inputs",
            file: file, line: line)
        for (input, contribution) in zip(node.inputs, contributions) {
            guard let input, let contribution else { continue }
            add(contribution, to: input)
        }
        node.inputs = []
    }

    private mutating func add(_ contribution: Tensor, to node: Node) {
        check(
            contribution.shape == node.shape,
            "differentiable: the pullback returned a gradient of shape \(contribution.shape) for a value of shape \(node.shape)",
            file: file, line: line)
        contribution.requireType(.float32, "differentiable: a pullback's gradient", file: file, line: line)
        let key = ObjectIdentifier(node)
        if gradients[key] == nil {
            gradients[key] = contribution.detached
        } else {
            Kernels.add(contribution, to: &gradients[key]!)
        }
    }
}
