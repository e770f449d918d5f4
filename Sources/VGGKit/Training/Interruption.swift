// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Turns the first SIGINT (Ctrl-C) or SIGTERM into a request, which a loop checks between its steps. The
/// second signal ends the process at once, as usual.
///
/// ```swift
/// let interruption = Interruption()
/// defer { interruption.uninstall() }
/// while !interruption.isRequested { … }
/// ```
/// Signals belong to the process: of several interruptions at once, all see the request.
public final class Interruption: Sendable {
    private static let handled: [Int32] = [SIGINT, SIGTERM]
    /// Set by the signal handler.
    private static let wasSignalled = Atomic<Bool>(false)

    /// The number of installed interruptions, and the signal actions before the first.
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
            // Initialise the variable before the handler can run, which must not do it.
            Self.wasSignalled.store(false, ordering: .sequentiallyConsistent)
            installation.previous = Self.handled.map(Self.takeOver)
        }
    }

    deinit { uninstall() }

    /// Whether a signal has come.
    public var isRequested: Bool { Self.wasSignalled.load(ordering: .relaxed) }

    /// Restores the previous signal actions.
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

    /// - Returns: the previous action of the signal.
    private static func takeOver(_ number: Int32) -> sigaction {
        // A signal handler may only do async-signal-safe things: here an atomic exchange and two system
        // calls.
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
        // Interrupted reads and writes are restarted.
        action.sa_flags = SA_RESTART
        var previous = sigaction()
        sigaction(number, &action, &previous)
        return previous
    }
}
