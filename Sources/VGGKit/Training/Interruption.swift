// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Turns the first SIGINT (Ctrl-C) or SIGTERM into a request that a loop asks for between its steps. The second ends the
/// process at once, as without this.
///
/// ```swift
/// let interruption = Interruption()
/// defer { interruption.uninstall() }
/// while !interruption.isRequested { … }
/// ```
/// Signals belong to the process: of several interruptions at once, all see the request.
public final class Interruption: Sendable {
    private static let handled: [Int32] = [SIGINT, SIGTERM]
    /// Set by the handler.
    private static let wasSignalled = Atomic<Bool>(false)

    /// The number of users, and what there was before the first.
    private struct Installation {
        var users = 0
        var previous: [sigaction] = []
    }

    private static let installation = Lock(Installation())

    private let isInstalled = Atomic<Bool>(true)

    /// Takes over the signals until `uninstall`.
    public init() {
        Self.installation.withLock { installation in
            installation.users += 1
            guard installation.users == 1 else { return }
            // Before the handler can run, so that it never is the one to initialise the variable.
            Self.wasSignalled.store(false, ordering: .sequentiallyConsistent)
            installation.previous = Self.handled.map(Self.takeOver)
        }
    }

    deinit { uninstall() }

    /// Whether a signal has come.
    public var isRequested: Bool { Self.wasSignalled.load(ordering: .relaxed) }

    /// Gives the signals back to who had them before.
    public func uninstall() {
        guard isInstalled.exchange(false, ordering: .relaxed) else { return }
        Self.installation.withLock { installation in
            installation.users -= 1
            guard installation.users == 0 else { return }
            for (number, previous) in zip(Self.handled, installation.previous) {
                var previous = previous
                sigaction(number, &previous, nil)
            }
        }
    }

    /// - Returns: what was done at the signal before.
    private static func takeOver(_ number: Int32) -> sigaction {
        // Nothing here but what is safe in the middle of anything: an atomic exchange and two system calls.
        let handler: @convention(c) (Int32) -> Void = { number in
            if Interruption.wasSignalled.exchange(true, ordering: .relaxed) {
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        var action = sigaction()
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handler
        #else
            action.__sigaction_handler.sa_handler = handler
        #endif
        // Reads and writes go on where they were.
        action.sa_flags = SA_RESTART
        var previous = sigaction()
        sigaction(number, &action, &previous)
        return previous
    }
}
