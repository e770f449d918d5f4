// SPDX-License-Identifier: Apache-2.0

import CMPI
import Foundation

/// What has started this process with others, as its environment tells.
package struct MPILauncher {
    /// `mpirun of Open MPI`, `mpiexec of MPICH`, `srun`
    package let name: String
    /// The number of processes that it has started.
    package let processes: Int
    /// The libraries that may belong to it, the likeliest first.
    package let libraries: [String]

    private static let openMPI = ["libmpi.so.40", "libmpi.40.dylib"]
    private static let mpich = ["libmpi.so.12", "libmpich.so.12", "libmpi.12.dylib"]
    private static let standard = ["libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.1.dylib"]

    /// Nil if nothing in the environment tells of a launcher.
    package init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        func number(_ names: String...) -> Int? {
            names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first { $0 > 0 }
        }
        if let count = number("OMPI_COMM_WORLD_SIZE") {
            self.init("mpirun of Open MPI", count, Self.openMPI + Self.standard)
        } else if environment["SLURM_STEP_ID"] != nil,
            let count = number("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
        {
            // Slurm starts processes of each kind; what it gives them to find each other tells which.
            let isPMIx = environment["PMIX_RANK"] != nil
            self.init(
                "srun", count,
                (isPMIx ? Self.openMPI + Self.mpich : Self.mpich + Self.openMPI) + Self.standard)
        } else if environment["PMI_RANK"] != nil || environment["PMI_FD"] != nil,
            let count = number("PMI_SIZE")
        {
            self.init("mpiexec of MPICH", count, Self.mpich + Self.standard)
        } else {
            return nil
        }
    }

    private init(_ name: String, _ processes: Int, _ libraries: [String]) {
        (self.name, self.processes, self.libraries) = (name, processes, libraries)
    }

    /// Where there is no launcher: the process is alone, with any library.
    static let anyLibraries = openMPI + mpich + standard
}

/// An MPI library that was opened.
package struct MPILibrary: Sendable {
    let calls: cm_library

    /// Opens the library that the variable `VGGKIT_MPI` names, or else the first that is there.
    /// - Throws: `CommunicationError.noLibrary`
    init(_ launcher: MPILauncher?) throws(CommunicationError) {
        let named = ProcessInfo.processInfo.environment["VGGKIT_MPI"].flatMap { $0.isEmpty ? nil : $0 }
        let candidates = named.map { [$0] } ?? launcher?.libraries ?? MPILauncher.anyLibraries
        var reasons: [String] = []
        for candidate in candidates {
            var library = cm_library()
            var message = [CChar](repeating: 0, count: 512)
            if cm_open(candidate, &library, &message, message.count) {
                calls = library
                return
            }
            reasons.append(Self.text(message))
        }
        let advice =
            named == nil
            ? "Install it (Debian: libopenmpi3 or libmpich12), or set VGGKIT_MPI to the path of libmpi"
            : "VGGKIT_MPI names it"
        throw .noLibrary(
            reason:
                "no MPI library can be opened\(launcher.map { " for \($0.name)" } ?? ""): \(reasons.joined(separator: "; ")). \(advice)"
        )
    }

    /// The library's name and version: `Open MPI 4.1.4`.
    var name: String {
        var text = [CChar](repeating: 0, count: Int(CM_VERSION_CAPACITY) + 1)
        var length: Int32 = 0
        guard calls.version(&text, &length) == 0 else { return "MPI" }
        return Self.name(Self.text(text))
    }

    /// What C has written, up to the first 0.
    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Of the first line of a library's description: `Open MPI v4.1.4, package: …`, `MPICH Version: 4.0.2`.
    package static func name(_ description: String) -> String {
        let line = description.split(whereSeparator: \.isNewline).first ?? "MPI"
        let beginning = line.split(separator: ",").first ?? line
        let words = beginning.split(whereSeparator: \.isWhitespace).filter { $0.lowercased() != "version:" }
        return words.map { word in
            word.first == "v" && word.dropFirst().first?.isNumber == true ? word.dropFirst() : word
        }.joined(separator: " ")
    }
}
