// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Processes that train one model together, as an MPI communicator or `torch.distributed`'s process group.
/// Each process has a rank.
///
/// All operations are collective: every rank must call the same ones in the same order. They return when this
/// rank's part is done. They may be called from any thread, but by one at a time.
public protocol Communicator: AnyObject, Sendable {
    /// This process's number, `0..<size`.
    var rank: Int { get }
    /// The number of processes.
    var size: Int { get }
    /// This process's number among those on the same host, `0..<hostSize`.
    var hostRank: Int { get }
    /// The number of processes on the same host.
    var hostSize: Int { get }
    /// What transports the bytes: `Open MPI 4.1.4`.
    var transport: String { get }

    /// Copies the bytes of one rank to all others.
    /// - Throws: `CommunicationError`
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(CommunicationError)

    /// Gives every rank the bytes of all ranks, one after the other in the order of the ranks.
    /// - Parameters:
    ///   - own: as many bytes on each rank
    ///   - all: `size` times as many
    /// - Throws: `CommunicationError`
    func allGather(_ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer)
        throws(CommunicationError)

    /// Gives each rank its piece of every rank's bytes, one after the other in the order of the ranks.
    /// - Parameters:
    ///   - pieces: a piece for each rank, all of the same length
    ///   - own: as many bytes
    /// - Throws: `CommunicationError`
    func allToAll(_ pieces: UnsafeRawBufferPointer, into own: UnsafeMutableRawBufferPointer)
        throws(CommunicationError)

    /// Waits until every rank has come here.
    /// - Throws: `CommunicationError`
    func barrier() throws(CommunicationError)

    /// A second communicator of the same ranks, always the same one, for what goes on in the background: its
    /// operations and this one's have no order, and both can be used at the same time. Collective.
    /// - Throws: `CommunicationError`
    func background() throws(CommunicationError) -> any Communicator

    /// Ends all ranks at once, without waiting for any.
    func abort() -> Never
}

/// Why ranks cannot work together.
public enum CommunicationError: DescribedError, Equatable {
    /// There is no MPI library, or none that the launcher's processes can use.
    case noLibrary(reason: String)
    /// The launcher has started several processes, but the library sees one: they are of different kinds.
    case launcherMismatch(launcher: String, processes: Int, library: String)
    /// A call of the library failed.
    case failed(operation: String, reason: String)
    /// Another rank has ended.
    case interrupted(reason: String)
    /// Another rank has failed, for the reason that it gives.
    case rankFailed(Int, reason: String)
    /// The ranks have come to have different weights. `rank` is the first whose weights are not rank 0's.
    case ranksDiffer(rank: Int, epoch: Int)
    /// The ranks are about to do different things. `expected` is what rank 0 has.
    case settingsDiffer(rank: Int, setting: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .noLibrary(let reason): reason
        case .launcherMismatch(let launcher, let processes, let library):
            "\(launcher) has started \(processes) processes, but \(library) sees one: launcher and library must be of one kind. "
                + "VGGKIT_MPI can hold the path of the launcher's libmpi"
        case .failed(let operation, let reason): "\(operation) failed: \(reason)"
        case .interrupted(let reason): reason
        case .rankFailed(let rank, let reason): "\(reason) (rank \(rank))"
        case .settingsDiffer(let rank, let setting, let found, let expected):
            "\(setting): \(found) on rank \(rank), \(expected) on rank 0. All ranks must run the same program, on the same photos"
        case .ranksDiffer(let rank, let epoch):
            "the weights of rank \(rank) are not those of rank 0 after epoch \(epoch): "
                + "all ranks must run the same program, on the same data, on processors of one kind"
        }
    }
}

extension Communicator {
    /// One value of each rank, in the order of the ranks.
    /// - Parameter value: numbers only, without references
    /// - Throws: `CommunicationError`
    package func allGather<T: BitwiseCopyable>(value: T) throws -> [T] {
        var values = [T](repeating: value, count: size)
        // Values are further apart in an array than they are long, if there is padding.
        try [value].withUnsafeBytes { own in
            try values.withUnsafeMutableBytes { try allGather(own, into: $0) }
        }
        return values
    }

    /// The bytes of each rank, as many as each has, in the order of the ranks.
    /// - Throws: `CommunicationError`
    package func allGather(_ data: Data) throws -> [Data] {
        let counts = try allGather(value: data.count)
        let longest = counts.max()!
        guard longest > 0 else { return counts.map { _ in Data() } }
        let own = [UInt8](data) + [UInt8](repeating: 0, count: longest - data.count)
        var all = [UInt8](repeating: 0, count: longest * size)
        try own.withUnsafeBytes { own in
            try all.withUnsafeMutableBytes { try allGather(own, into: $0) }
        }
        return counts.enumerated().map { rank, count in Data(all[rank * longest..<rank * longest + count]) }
    }
}
