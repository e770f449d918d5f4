// SPDX-License-Identifier: Apache-2.0

import CMPI
import Foundation

/// The one thread of this process that calls MPI: it initialises the library, begins operations, looks again
/// and again whether they are done, and finalises. Between looks it sleeps, so that computing has the
/// processor that it shares.
///
/// Sendable because what changes is only touched while `condition` is locked, or by the thread.
final class MPIEngine: @unchecked Sendable {
    private let library: MPILibrary
    private let condition = NSCondition()
    private var waiting: [Operation] = []
    private var thread: Thread?

    /// What a rank does, and what waits for it.
    final class Operation: @unchecked Sendable {
        let name: StaticString
        let begin: (UnsafeMutablePointer<cm_request>) -> Int32
        /// False for a call that is done when it returns.
        let hasRequest: Bool
        var request = cm_request()
        fileprivate let finished = DispatchSemaphore(value: 0)
        fileprivate var result: Int32 = 0

        init(
            _ name: StaticString, hasRequest: Bool,
            _ begin: @escaping (UnsafeMutablePointer<cm_request>) -> Int32
        ) {
            (self.name, self.hasRequest, self.begin) = (name, hasRequest, begin)
        }
    }

    init(_ library: MPILibrary) {
        self.library = library
        let thread = Thread { [self] in work() }
        thread.name = "vggkit-mpi"
        condition.withLock { self.thread = thread }
        thread.start()
    }

    var calls: cm_library { library.calls }

    /// Begins an operation, and waits until it is done.
    func perform(
        _ name: StaticString, hasRequest: Bool = true,
        _ begin: @escaping (UnsafeMutablePointer<cm_request>) -> Int32
    ) throws(CommunicationError) {
        let operation = Operation(name, hasRequest: hasRequest, begin)
        submit(operation)
        operation.finished.wait()
        let result = operation.result
        if result != 0 {
            throw .failed(operation: "\(name)", reason: "\(library.name) gives the error \(result)")
        }
    }

    /// Waits for all ranks, and ends MPI.
    /// - Parameter seconds: how long; nil for as long as it takes
    /// - Returns: whether all ranks have come in time
    func finalizes(within seconds: Double?, _ handle: cm_handle) -> Bool {
        // A library that ends the process does so on its thread, and wants nothing more.
        guard Thread.current !== condition.withLock({ thread }) else { return true }
        let barrier = Operation("MPI_Ibarrier", hasRequest: true) { [calls] in calls.barrier(handle, $0) }
        submit(barrier)
        guard barrier.finished.wait(timeout: seconds.map { .now() + $0 } ?? .distantFuture) == .success,
            barrier.result == 0
        else {
            return false
        }
        return (try? perform("MPI_Finalize", hasRequest: false) { [calls] _ in calls.finalize() }) != nil
    }

    private func submit(_ operation: Operation) {
        condition.withLock {
            waiting.append(operation)
            condition.signal()
        }
    }

    private func work() {
        cm_sleep_precisely()
        var running: [Operation] = []
        var idleLooks = 0
        while true {
            for operation in take(andWait: running.isEmpty) {
                let result = operation.begin(&operation.request)
                if result == 0 && operation.hasRequest {
                    running.append(operation)
                } else {
                    finish(operation, result)
                }
                idleLooks = 0
            }
            let before = running.count
            running.removeAll { operation in
                var isDone: Int32 = 0
                var status = cm_status()
                let result = library.calls.test(&operation.request, &isDone, &status)
                guard isDone != 0 || result != 0 else { return false }
                finish(operation, result)
                return true
            }
            idleLooks = running.count < before ? 0 : idleLooks + 1
            pause(idleLooks)
        }
    }

    /// Short operations are soon done; long ones are looked at every 20 to 100 µs.
    private func pause(_ idleLooks: Int) {
        guard idleLooks > 20 else { return }
        usleep(idleLooks > 200 ? 100 : 20)
    }

    private func take(andWait waits: Bool) -> [Operation] {
        condition.withLock {
            while waits && waiting.isEmpty { condition.wait() }
            defer { waiting = [] }
            return waiting
        }
    }

    private func finish(_ operation: Operation, _ result: Int32) {
        operation.result = result
        operation.finished.signal()
    }
}
