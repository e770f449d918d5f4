// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Ranks that are threads of this process. For tests, and to see a program with several ranks in a debugger;
/// a single process computes faster without ranks.
///
/// ```swift
/// let losses = try LocalCommunicator.run(ranks: 2) { communicator in
///     var configuration = Trainer<VGG>.Configuration()
///     configuration.communicator = communicator
///     …
/// }
/// ```
public final class LocalCommunicator: Communicator {
    /// This thread's number, `0..<size`.
    public let rank: Int
    private let meeting: Meeting

    private init(rank: Int, _ meeting: Meeting) {
        self.rank = rank
        self.meeting = meeting
    }

    /// The number of threads.
    public var size: Int { meeting.size }
    /// As `rank`: all threads are on this host.
    public var hostRank: Int { rank }
    /// As `size`: all threads are on this host.
    public var hostSize: Int { size }
    /// `threads`
    public var transport: String { "threads" }

    /// Runs `body` on a thread for each rank.
    /// - Parameter ranks: one or more
    /// - Returns: what it returned on each rank
    /// - Throws: what it threw on the first rank that failed. The others' operations throw
    ///   `CommunicationError.interrupted` from then on.
    public static func run<R: Sendable>(
        ranks: Int, file: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable (LocalCommunicator) throws -> R
    ) throws -> [R] {
        check(ranks > 0, "LocalCommunicator: \(ranks) ranks; one or more can work", file: file, line: line)
        let meeting = Meeting(ranks)
        let results = Lock([Result<R, any Error>?](repeating: nil, count: ranks))
        let failures = Lock<[any Error]>([])
        let done = DispatchGroup()
        for rank in 0..<ranks {
            done.enter()
            let thread = Thread {
                let result = Result { try body(LocalCommunicator(rank: rank, meeting)) }
                if case .failure(let error) = result {
                    failures.withLock { $0.append(error) }
                    meeting.interrupt("rank \(rank) has ended: \(error)")
                }
                results.withLock { $0[rank] = result }
                done.leave()
            }
            thread.name = "vggkit-rank-\(rank)"
            thread.stackSize = 8 << 20
            thread.start()
        }
        done.wait()
        if let first = failures.withLock({ $0.first }) { throw first }
        return try results.withLock { $0 }.map { try $0!.get() }
    }

    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CommunicationError) {
        try meeting.exchange(rank, UnsafeRawBufferPointer(bytes)) { all in
            if rank != root { bytes.copyMemory(from: all[root]) }
        }
    }

    public func allGather(_ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer)
        throws(CommunicationError)
    {
        requireLengths(own.count * size, all.count, "allGather")
        try meeting.exchange(rank, own) { others in
            for (rank, bytes) in others.enumerated() {
                UnsafeMutableRawBufferPointer(rebasing: all[rank * own.count..<(rank + 1) * own.count])
                    .copyMemory(from: bytes)
            }
        }
    }

    public func allToAll(_ pieces: UnsafeRawBufferPointer, into own: UnsafeMutableRawBufferPointer)
        throws(CommunicationError)
    {
        requireLengths(pieces.count, own.count, "allToAll")
        let length = pieces.count / size
        try meeting.exchange(rank, pieces) { others in
            for (other, bytes) in others.enumerated() {
                UnsafeMutableRawBufferPointer(rebasing: own[other * length..<(other + 1) * length])
                    .copyMemory(from: .init(rebasing: bytes[rank * length..<(rank + 1) * length]))
            }
        }
    }

    public func barrier() throws(CommunicationError) {
        try meeting.exchange(rank, UnsafeRawBufferPointer(start: nil, count: 0)) { _ in }
    }

    public func background() throws(CommunicationError) -> any Communicator {
        LocalCommunicator(rank: rank, try meeting.background())
    }

    public func abort() -> Never { fail("LocalCommunicator: rank \(rank) has aborted all ranks") }
}

private func requireLengths(_ expected: Int, _ found: Int, _ operation: StaticString) {
    check(expected == found, "\(operation): a buffer of \(found) bytes, where \(expected) are exchanged")
}

/// Where threads wait for each other, and see each other's bytes.
///
/// Sendable because what changes is only touched while `condition` is locked.
private final class Meeting: @unchecked Sendable {
    let size: Int
    private let condition = NSCondition()
    private var bytes: [UnsafeRawBufferPointer?]
    private var arrived = 0
    private var finished = 0
    private var round = 0
    private var interruption: String?
    private var second: Meeting?

    init(_ size: Int) {
        self.size = size
        bytes = Array(repeating: nil, count: size)
    }

    /// Waits for all ranks, calls `body` with what each has brought, and waits until all have done so.
    func exchange(_ rank: Int, _ own: UnsafeRawBufferPointer, _ body: ([UnsafeRawBufferPointer]) -> Void)
        throws(CommunicationError)
    {
        condition.lock()
        defer { condition.unlock() }
        // A rank that has left is counted, but its bytes are gone.
        if let interruption { throw .interrupted(reason: interruption) }
        bytes[rank] = own
        arrived += 1
        if arrived == size { condition.broadcast() }
        let thisRound = round
        try wait { arrived == size || round != thisRound }
        let all = bytes.map { $0! }
        condition.unlock()
        body(all)
        condition.lock()
        finished += 1
        if finished == size {
            (arrived, finished) = (0, 0)
            round += 1
            condition.broadcast()
        }
        // Others may be reading this rank's bytes: nothing ends this wait but their end.
        while round == thisRound { condition.wait() }
    }

    private func wait(_ isReached: () -> Bool) throws(CommunicationError) {
        while !isReached() {
            if let interruption { throw .interrupted(reason: interruption) }
            condition.wait()
        }
    }

    func interrupt(_ reason: String) {
        condition.withLock {
            interruption = interruption ?? reason
            second?.interrupt(reason)
            condition.broadcast()
        }
    }

    /// Another meeting, the same one for all ranks.
    func background() throws(CommunicationError) -> Meeting {
        condition.lock()
        defer { condition.unlock() }
        if let interruption { throw .interrupted(reason: interruption) }
        let meeting = second ?? Meeting(size)
        second = meeting
        return meeting
    }
}
