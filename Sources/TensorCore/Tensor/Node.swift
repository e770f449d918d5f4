// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One recorded operation, or a leaf: the end of the graph, where a parameter keeps its gradient.
///
/// Sendable because what changes is touched only by the one `backward()` that has claimed the node.
package final class Node: @unchecked Sendable {
    /// Later operations have larger numbers, so that descending order is a topological order.
    let number: Int
    let shape: [Int]
    /// Stores a leaf's gradient; nil for an operation.
    let keep: ((Tensor) -> Void)?
    /// The parameter that a leaf is a use of.
    let parameter: AnyObject?
    var inputs: [Node?]
    var pullback: ((Tensor) -> [Tensor?])?
    private let isClaimed = Atomic<Bool>(false)

    private static let counter = Atomic<Int>(0)

    init(inputs: [Node?], shape: [Int], pullback: @escaping (Tensor) -> [Tensor?]) {
        number = Self.counter.add(1, ordering: .relaxed).newValue
        self.shape = shape
        self.inputs = inputs
        self.pullback = pullback
        keep = nil
        parameter = nil
    }

    init(leaf shape: [Int], of parameter: AnyObject, keep: @escaping (Tensor) -> Void) {
        number = Self.counter.add(1, ordering: .relaxed).newValue
        self.shape = shape
        self.parameter = parameter
        self.keep = keep
        inputs = []
    }

    /// Takes an operation for one backward pass.
    /// - Returns: whether it was free; false if another pass has claimed it
    func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiringAndReleasing) }

    /// Gives the operation back: no gradient has reached it.
    func release() { isClaimed.store(false, ordering: .releasing) }

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
