// SPDX-License-Identifier: Apache-2.0

import CMPI
import Checks
import Foundation

/// The processes that `mpirun`, `mpiexec` or Slurm's `srun` have started together, on one host or on several.
///
/// The MPI library is opened when it is first asked for: Open MPI, MPICH, or one with a binary interface as
/// theirs or as the standard's. Building needs none. If a process ends without the others, the launcher ends
/// them all.
public final class MPICommunicator: Communicator {
    public let rank: Int
    public let size: Int
    public let hostRank: Int
    public let hostSize: Int
    public let transport: String
    private let engine: MPIEngine
    private let handle: cm_handle
    /// What the last barrier is called with: others may be within a call with `handle` then.
    private let exitHandle: cm_handle
    private let second = Lock<MPICommunicator?>(nil)

    /// All processes. The first call initialises MPI; the process finalises it when it exits.
    /// - Throws: `CommunicationError` if there is no library, or not the launcher's
    public static func world() throws(CommunicationError) -> MPICommunicator { try shared.get() }

    /// Whether a launcher has started this process with others.
    public static var isLaunched: Bool { (MPILauncher()?.processes ?? 1) > 1 }

    private static let shared = Result { () throws(CommunicationError) in try MPICommunicator(MPILauncher()) }

    private init(_ launcher: MPILauncher?) throws(CommunicationError) {
        let library = try MPILibrary(launcher)
        let engine = MPIEngine(library)
        let calls = library.calls
        var (rank, size): (Int32, Int32) = (0, 0)
        try engine.perform("MPI_Init_thread", hasRequest: false) { _ in
            var level: Int32 = 0
            let result = calls.`init`(nil, nil, calls.one_thread, &level)
            guard result == 0 else { return result }
            let ranked = calls.rank(calls.world, &rank)
            return ranked == 0 ? calls.size(calls.world, &size) : ranked
        }
        let transport = library.name
        if let launcher, launcher.processes > 1, size == 1 {
            throw .launcherMismatch(
                launcher: launcher.name, processes: launcher.processes, library: transport)
        }
        (self.rank, self.size, self.engine) = (Int(rank), Int(size), engine)
        self.transport = transport
        handle = calls.world
        exitHandle = try Self.duplicate(calls.world, engine)
        let hosts = try Self.hosts(engine, Int(size))
        let own = hosts[Int(rank)].name
        hostRank = hosts[..<Int(rank)].count { $0.name == own }
        let neighbours = hosts.filter { $0.name == own }
        hostSize = neighbours.count
        MPIExit.register(self)
        if Self.overlap(neighbours.map(\.processors)) {
            let share = max(1, Processors.available / hostSize)
            ThreadPool.limit.withLock { $0 = share }
        }
    }

    private init(_ original: MPICommunicator, _ handle: cm_handle) {
        (rank, size) = (original.rank, original.size)
        (hostRank, hostSize) = (original.hostRank, original.hostSize)
        (transport, engine) = (original.transport, original.engine)
        self.handle = handle
        exitHandle = original.exitHandle
    }

    private static func duplicate(
        _ handle: cm_handle, _ engine: MPIEngine
    ) throws(CommunicationError) -> cm_handle {
        var copy = cm_handle(0)
        let calls = engine.calls
        try engine.perform("MPI_Comm_dup", hasRequest: false) { _ in calls.duplicate(handle, &copy) }
        return copy
    }

    /// Whether ranks have processors in common, so that each should use a part of them.
    package static func overlap(_ sets: [[UInt8]]) -> Bool {
        var taken = [UInt8](repeating: 0, count: sets.first?.count ?? 0)
        for set in sets {
            if zip(taken, set).contains(where: { $0 & $1 != 0 }) { return true }
            for (index, bits) in set.enumerated() { taken[index] |= bits }
        }
        return false
    }

    /// The name of each rank's host, and the processors that it may use there, one bit for each.
    private static func hosts(
        _ engine: MPIEngine, _ size: Int
    ) throws(CommunicationError) -> [(name: [UInt8], processors: [UInt8])] {
        let (nameLength, setLength) = (256, 1024)
        let length = nameLength + setLength
        var own = [UInt8](ProcessInfo.processInfo.hostName.utf8.prefix(nameLength))
        own.append(contentsOf: repeatElement(0, count: nameLength - own.count))
        var processors = [UInt8](repeating: 0, count: setLength)
        // Where the system does not tell, processes have all processors in common.
        if !cm_processors(&processors, setLength) { processors[0] = 1 }
        own += processors
        let sent = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
        let received = UnsafeMutableRawBufferPointer.allocate(byteCount: length * size, alignment: 16)
        defer {
            sent.deallocate()
            received.deallocate()
        }
        sent.copyBytes(from: own)
        let calls = engine.calls
        try engine.perform("MPI_Iallgather") { request in
            calls.all_gather(
                sent.baseAddress, Int32(length), calls.byte, received.baseAddress, Int32(length), calls.byte,
                calls.world, request)
        }
        return (0..<size).map { rank in
            let part = received[rank * length..<(rank + 1) * length]
            return (Array(part.prefix(nameLength)), Array(part.dropFirst(nameLength)))
        }
    }

    /// The most bytes that a call takes: their number is an `int`.
    private static let largestCount = 1 << 30

    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CommunicationError) {
        let (calls, handle) = (engine.calls, handle)
        for start in stride(from: 0, to: bytes.count, by: Self.largestCount) {
            let count = min(Self.largestCount, bytes.count - start)
            try engine.perform("MPI_Ibcast") { request in
                calls.broadcast(
                    bytes.baseAddress! + start, Int32(count), calls.byte, Int32(root), handle, request)
            }
        }
    }

    public func allGather(_ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer)
        throws(CommunicationError)
    {
        requireLengths(own.count * size, all.count, own.count, "allGather")
        let (calls, handle) = (engine.calls, handle)
        let count = Int32(own.count)
        try engine.perform("MPI_Iallgather") { request in
            calls.all_gather(
                own.baseAddress, count, calls.byte, all.baseAddress, count, calls.byte, handle, request)
        }
    }

    public func allToAll(_ pieces: UnsafeRawBufferPointer, into own: UnsafeMutableRawBufferPointer)
        throws(CommunicationError)
    {
        requireLengths(pieces.count, own.count, pieces.count / size, "allToAll")
        let (calls, handle) = (engine.calls, handle)
        let count = Int32(pieces.count / size)
        try engine.perform("MPI_Ialltoall") { request in
            calls.all_to_all(
                pieces.baseAddress, count, calls.byte, own.baseAddress, count, calls.byte, handle, request)
        }
    }

    private func requireLengths(_ expected: Int, _ found: Int, _ count: Int, _ operation: StaticString) {
        check(
            expected == found && count <= Self.largestCount,
            "\(operation): a buffer of \(found) bytes, where \(expected) are exchanged, at most \(Self.largestCount) a rank"
        )
    }

    public func barrier() throws(CommunicationError) {
        let (calls, handle) = (engine.calls, handle)
        try engine.perform("MPI_Ibarrier") { request in calls.barrier(handle, request) }
    }

    public func background() throws(CommunicationError) -> any Communicator {
        if let known = second.withLock({ $0 }) { return known }
        let copy = MPICommunicator(self, try Self.duplicate(handle, engine))
        second.withLock { $0 = copy }
        return copy
    }

    public func abort() -> Never {
        let (calls, handle) = (engine.calls, handle)
        try? engine.perform("MPI_Abort", hasRequest: false) { _ in calls.abort(handle, 1) }
        _exit(1)
    }

    /// Ends MPI when all ranks have come to it. A rank that has failed waits a few seconds for the others,
    /// and then ends all.
    fileprivate func finalize(status: Int32) {
        let seconds: Double? = status == 0 ? nil : status > 0 ? 5 : 60
        guard engine.finalizes(within: seconds, exitHandle) else { abort() }
    }
}

/// What the process does when it exits: without it, the launcher takes a process that has ended for one that
/// has failed.
private enum MPIExit {
    private static let world = Lock<MPICommunicator?>(nil)

    static func register(_ communicator: MPICommunicator) {
        world.withLock { $0 = communicator }
        cm_at_exit { status in MPIExit.world.withLock { $0 }?.finalize(status: status) }
    }
}
