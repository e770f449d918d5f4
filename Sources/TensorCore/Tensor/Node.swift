// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One recorded operation, or a leaf: the end of the graph, where a parameter keeps its gradient.
///
/// Sendable because a node changes only in `backward()`, which consumes the graph and is called once.
package final class Node: @unchecked Sendable {
    /// Later operations have larger numbers, so that descending order is a topological order.
    let number: Int
    let shape: [Int]
    /// What a leaf does with its gradient; nil for an operation.
    let keep: ((Tensor) -> Void)?
    var inputs: [Node?]
    var pullback: ((Tensor) -> [Tensor?])?
    var gradient: Tensor?
    var isConsumed = false

    private static let counter = Atomic<Int>(0)

    init(inputs: [Node?], shape: [Int], pullback: @escaping (Tensor) -> [Tensor?]) {
        number = Self.counter.add(1, ordering: .relaxed).newValue
        self.shape = shape
        self.inputs = inputs
        self.pullback = pullback
        keep = nil
    }

    init(leaf shape: [Int], keep: @escaping (Tensor) -> Void) {
        number = Self.counter.add(1, ordering: .relaxed).newValue
        self.shape = shape
        self.keep = keep
        inputs = []
    }

    /// A long chain must not be torn down recursively: that would overflow the stack.
    deinit {
        pullback = nil
        var pending = inputs.compactMap { $0 }
        inputs = []
        while var node = pending.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            pending.append(contentsOf: node.inputs.compactMap { $0 })
            node.inputs = []
        }
    }
}
