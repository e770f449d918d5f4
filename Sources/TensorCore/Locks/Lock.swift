// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A value that one thread at a time uses: a `Mutex` that the thread sanitizer understands. `Mutex` waits
/// inside the system's library, which is not built with the sanitizer, so the sanitizer would report a race
/// between threads that the lock has ordered. The atomic shows it that order again, and costs one move
/// instruction.
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
