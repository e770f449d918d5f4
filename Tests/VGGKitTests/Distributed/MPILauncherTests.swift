// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// What starts processes, and the names of libraries. Tests/Scripts/mpi.sh runs real ones.
@Suite struct MPILauncherTests {
    @Test func theEnvironmentTellsTheLauncher() throws {
        let openMPI = try #require(
            MPILauncher(["OMPI_COMM_WORLD_SIZE": "4", "PMIX_RANK": "1", "SLURM_NTASKS": "8"]))
        #expect(openMPI.name == "mpirun of Open MPI" && openMPI.processes == 4)
        #expect(openMPI.libraries.first == "libmpi.so.40" && !openMPI.libraries.contains("libmpi.so.12"))

        let mpich = try #require(MPILauncher(["PMI_RANK": "0", "PMI_SIZE": "3"]))
        #expect(mpich.name == "mpiexec of MPICH" && mpich.processes == 3)
        #expect(mpich.libraries.first == "libmpi.so.12" && !mpich.libraries.contains("libmpi.so.40"))

        let slurm = ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "16", "SLURM_NTASKS": "32"]
        #expect(MPILauncher(slurm)?.processes == 16)
        #expect(MPILauncher(slurm)?.libraries.first == "libmpi.so.12")
        #expect(
            MPILauncher(slurm.merging(["PMIX_RANK": "3"]) { $1 })?.libraries.first == "libmpi.so.40")
    }

    /// A shell within an allocation of Slurm's is no step of it.
    @Test func aProcessThatNobodyLaunchedIsAlone() {
        #expect(MPILauncher([:]) == nil)
        #expect(MPILauncher(["SLURM_JOB_ID": "17", "SLURM_NTASKS": "8"]) == nil)
        #expect(MPILauncher(["OMPI_COMM_WORLD_SIZE": "none"]) == nil)
    }

    @Test func librariesAreNamedShortly() {
        #expect(
            MPILibrary.name("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev")
                == "Open MPI 4.1.4")
        #expect(
            MPILibrary.name("MPICH Version:      4.0.2\nMPICH Release date: Thu Apr  7") == "MPICH 4.0.2")
        #expect(
            MPILibrary.name("Intel(R) MPI Library 2021.11 for Linux* OS\n")
                == "Intel(R) MPI Library 2021.11 for Linux* OS")
        #expect(MPILibrary.name("") == "MPI")
    }

    @Test func processorsInCommonAreFound() {
        #expect(!MPICommunicator.overlap([[0b0011, 0], [0b1100, 0], [0, 1]]))
        #expect(MPICommunicator.overlap([[0b0011, 0], [0b0110, 0]]))
        #expect(!MPICommunicator.overlap([[0xff]]))
    }
}
