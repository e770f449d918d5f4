// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A value that one thread at a time uses: a `Mutex` whose order the thread sanitizer sees too. What waits inside `Mutex` is
/// the system's library, which is not built with the sanitizer: from its point of view, two threads that have waited for
/// each other race. The atomic says again what the lock has made sure of, and costs a move.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>
    @usableFromInline let handover = Atomic<Int>(0)

    @inlinable
    package init(_ value: consuming sending Value) { mutex = Mutex(value) }

    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { (value: inout sending Value) throws(Failure) -> sending Result in
            _ = handover.load(ordering: .acquiring)
            defer { handover.store(0, ordering: .releasing) }
            return try body(&value)
        }
    }
}
