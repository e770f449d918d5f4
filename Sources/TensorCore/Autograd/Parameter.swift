// SPDX-License-Identifier: Apache-2.0

import Checks

/// A tensor that training changes: a layer's weight or bias.
///
/// In an operation write `parameter.tensor`: it records. `value` is the plain tensor.
public final class Parameter: Sendable {
    private struct State {
        var value: Tensor
        var gradient: Tensor?
        var isTrainable = true
        var version = 0
    }

    private let state: Lock<State>

    /// A trainable parameter that starts at `value`, without a gradient.
    public init(_ value: Tensor) {
        state = Lock(State(value: value.detached))
    }

    /// The current value. A new value must have the old one's shape.
    public var value: Tensor {
        get { state.withLock { $0.value } }
        set {
            state.withLock {
                check(
                    newValue.shape == $0.value.shape,
                    "Parameter: a value of shape \(newValue.shape) cannot replace one of shape \($0.value.shape)"
                )
                $0.value = newValue.detached
                $0.version += 1
            }
        }
    }

    /// The sum of the gradients of all backward passes since it was last set to nil.
    public var gradient: Tensor? {
        get { state.withLock { $0.gradient } }
        set {
            state.withLock {
                check(
                    newValue == nil || newValue!.shape == $0.value.shape,
                    "Parameter: a gradient of shape \(newValue?.shape ?? []) does not fit a value of shape \($0.value.shape)"
                )
                newValue?.requireType(.float32, "Parameter.gradient")
                $0.gradient = newValue?.detached
            }
        }
    }

    /// A frozen parameter (`false`) gets no gradient. Operations that depend on frozen parameters only are
    /// not recorded.
    public var isTrainable: Bool {
        get { state.withLock { $0.isTrainable } }
        set { state.withLock { $0.isTrainable = newValue } }
    }

    /// Counts the changes of the value, so that a cache of something derived from it can tell whether it is
    /// out of date.
    package var version: Int { state.withLock { $0.version } }

    /// The shape of `value`; every new value must have it.
    public var shape: [Int] { value.shape }

    /// The value as an input of recorded operations.
    public var tensor: Tensor {
        var (tensor, isTrainable) = state.withLock { ($0.value, $0.isTrainable) }
        if isTrainable && Recording.isEnabled && Recording.includesParameters {
            tensor.node = Node(leaf: tensor.shape, of: self, keep: accumulate)
        }
        return tensor
    }

    /// The value, always recorded: also if it is frozen, or if the task has recording turned off.
    package var watched: Tensor {
        var tensor = value
        tensor.node = Node(leaf: tensor.shape, of: self, keep: accumulate)
        return tensor
    }

    private func accumulate(_ contribution: Tensor) {
        state.withLock {
            if $0.gradient == nil {
                $0.gradient = contribution.detached
            } else {
                Kernels.add(contribution, to: &$0.gradient!)
            }
        }
    }

    /// Changes the value in place, without a copy where no other tensor shares its memory.
    package func update(_ body: (inout Tensor, Tensor?) -> Void) {
        state.withLock {
            body(&$0.value, $0.gradient)
            $0.version += 1
        }
    }
}

/// A tensor that belongs to a layer's state but is not trained by gradients: running statistics, counters.
public final class Buffer: Sendable {
    private let state: Lock<(value: Tensor, version: Int)>

    /// A buffer that starts at `value`. No gradient flows back through it.
    public init(_ value: Tensor) { state = Lock((value.detached, 0)) }

    /// The current value. A new value must have the old one's shape.
    public var value: Tensor {
        get { state.withLock { $0.value } }
        set {
            state.withLock {
                check(
                    newValue.shape == $0.value.shape,
                    "Buffer: a value of shape \(newValue.shape) cannot replace one of shape \($0.value.shape)"
                )
                $0 = (newValue.detached, $0.version + 1)
            }
        }
    }

    /// Counts the changes of the value, as `Parameter.version` does.
    package var version: Int { state.withLock { $0.version } }
}
