// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// Whether a gradient can be pulled back from this tensor.
    public var isRecorded: Bool { node != nil }

    /// Adds the gradient of this tensor with respect to every parameter it depends on to `Parameter.gradient`.
    ///
    /// The recorded graph is consumed: each operation's saved values are freed as soon as they have been used.
    /// - Parameter gradient: what flows in from outside, in this tensor's shape. A scalar needs none.
    public func backward(gradient: Tensor? = nil, file: StaticString = #fileID, line: UInt = #line) {
        guard let root = node else {
            fail(
                "backward: nothing was recorded on the way to this tensor: it depends on no trainable parameter, "
                    + "or it was computed withoutRecording", file: file, line: line)
        }
        check(
            !root.isConsumed,
            "backward: this graph was used by an earlier backward(); compute the value again", file: file,
            line: line)
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
        root.gradient = gradient?.detached ?? Tensor.ones(shape)
        withoutRecording {
            for node in Self.graph(below: root) { node.pullBack(file: file, line: line) }
        }
    }

    /// The nodes that `root` depends on, each before its inputs.
    private static func graph(below root: Node) -> [Node] {
        var found: [ObjectIdentifier: Node] = [:]
        var pending = [root]
        while let node = pending.popLast() {
            guard found.updateValue(node, forKey: ObjectIdentifier(node)) == nil else { continue }
            pending.append(contentsOf: node.inputs.compactMap { $0 })
        }
        return found.values.sorted { $0.number > $1.number }
    }
}

extension Node {
    fileprivate func pullBack(file: StaticString = #fileID, line: UInt = #line) {
        check(
            !isConsumed, "backward: part of this graph was used by an earlier backward(); compute it again",
            file: file, line: line)
        guard let gradient = gradient.take() else { return }
        if let keep { return keep(gradient) }
        let gradients = pullback.take()!(gradient)
        check(
            gradients.count == inputs.count,
            "differentiable: the pullback returned \(gradients.count) gradients for \(inputs.count) inputs",
            file: file, line: line)
        isConsumed = true
        for (input, gradient) in zip(inputs, gradients) {
            guard let input, let gradient else { continue }
            input.accumulate(gradient, file: file, line: line)
        }
        inputs = []
    }

    private func accumulate(
        _ contribution: Tensor, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            contribution.shape == shape,
            "differentiable: the pullback returned a gradient of shape \(contribution.shape) for a value of shape \(shape)",
            file: file, line: line
        )
        contribution.requireType(.float32, "differentiable: a pullback's gradient", file: file, line: line)
        if gradient == nil {
            gradient = contribution.detached
        } else {
            Kernels.add(contribution, to: &gradient!)
        }
    }
}
