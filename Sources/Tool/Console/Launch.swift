// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// How this process was started: alone, or by `mpirun`, `mpiexec` or `srun` with others.
enum Launch {
    /// The ranks of this process's launcher; nil if it is alone. Ranks but the first are silent from then on.
    static func communicator() throws -> (any Communicator)? {
        guard MPICommunicator.isLaunched else { return nil }
        let world = try MPICommunicator.world()
        guard world.size > 1 else { return nil }
        if world.rank > 0 { Console.beSilent() }
        return world
    }

    /// Whether the first rank has the same error.
    static func isSaidByFirstRank(_ error: any Error) -> Bool {
        guard Console.isSilent else { return false }
        return error is TrainingError || error is CommunicationError
            || Ranks.hasAgreedOnFailure.load(ordering: .relaxed)
    }

    /// A line about the ranks.
    static func description(of communicator: any Communicator) -> String {
        let host = communicator.hostSize < communicator.size ? ", \(communicator.hostSize) on this host" : ""
        return "\(communicator.size) ranks\(host), by \(communicator.transport)"
    }

    /// What to type if ranks have fewer processors than they could; nil if they have not.
    static func advice(_ communicator: any Communicator) -> String? {
        let machine = ProcessInfo.processInfo.processorCount
        let bound = Processors.available
        guard bound == 1, machine >= 2 * communicator.hostSize else { return nil }
        let share = machine / communicator.hostSize
        return "each rank is bound to one of \(machine) processors, which mpirun does by itself: "
            + "mpirun --map-by slot:PE=\(share) gives each \(share), mpiexec of MPICH -bind-to none"
    }
}
