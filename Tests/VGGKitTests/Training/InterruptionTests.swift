// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// Each test sends its signals to a process of its own: they would reach whatever else the tests are
/// training.
#if compiler(>=6.2)
    @Suite struct InterruptionTests {
        @Test(arguments: [SIGINT, SIGTERM])
        func theFirstSignalIsStored(_ number: Int32) async {
            await #expect(processExitsWith: .success) { [number] in
                let interruption = Interruption()
                precondition(!interruption.isRequested)
                send(number)
                waitUntil { interruption.isRequested }
                exit(EXIT_SUCCESS)
            }
        }

        @Test func theSecondSignalEndsTheProcess() async {
            await #expect(processExitsWith: .signal(SIGINT)) {
                let interruption = Interruption()
                send(SIGINT)
                waitUntil { interruption.isRequested }
                send(SIGINT)
                waitUntil { false }
            }
        }

        @Test func theSecondSignalMayBeAnother() async {
            await #expect(processExitsWith: .signal(SIGTERM)) {
                let interruption = Interruption()
                send(SIGINT)
                waitUntil { interruption.isRequested }
                send(SIGTERM)
                waitUntil { false }
            }
        }

        @Test func uninstallingGivesTheSignalsBack() async {
            await #expect(processExitsWith: .success) {
                signal(SIGINT, SIG_IGN)
                let interruption = Interruption()
                interruption.uninstall()
                var action = sigaction()
                sigaction(SIGINT, nil, &action)
                #if !canImport(Darwin)
                    precondition(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1)
                #endif
                send(SIGINT)
                precondition(!interruption.isRequested)
                exit(EXIT_SUCCESS)
            }
            await #expect(processExitsWith: .signal(SIGTERM)) {
                Interruption().uninstall()
                send(SIGTERM)
                waitUntil { false }
            }
        }

        @Test func signalsAreCaughtUntilTheLastIsUninstalled() async {
            await #expect(processExitsWith: .success) {
                let (first, second) = (Interruption(), Interruption())
                first.uninstall()
                first.uninstall()
                send(SIGINT)
                waitUntil { second.isRequested }
                exit(EXIT_SUCCESS)
            }
        }

        @Test func aNewOneHasSeenNoSignal() async {
            await #expect(processExitsWith: .success) {
                let first = Interruption()
                send(SIGINT)
                waitUntil { first.isRequested }
                first.uninstall()
                let second = Interruption()
                precondition(!second.isRequested)
                send(SIGINT)
                waitUntil { second.isRequested }
                exit(EXIT_SUCCESS)
            }
        }
    }

    /// Sends a signal to this process, not to the thread: those of the tests may have blocked it.
    private func send(_ number: Int32) { kill(getpid(), number) }

    /// Ends the process with an error if it takes too long.
    private func waitUntil(_ condition: () -> Bool) {
        for _ in 0..<5000 where !condition() { usleep(1000) }
        if !condition() { exit(3) }
    }
#endif
