// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing

@Suite struct ProcessorsTests {
    /// Files of control groups in a folder that takes the place of `/sys/fs/cgroup`.
    private func processors(_ groups: String, _ files: [String: String]) throws -> Int? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cgroup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, contents) in files {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(contents.utf8).write(to: file)
        }
        return CPUQuota.processors(groups: groups, folder: folder.path)
    }

    @Test(arguments: [
        ("200000 100000\n", 2), ("150000 100000\n", 2), ("10000 100000\n", 1), ("400000 100000\n", 4),
        ("100001 100000\n", 2),
    ])
    func aQuotaOfVersion2IsRoundedUp(contents: String, expected: Int) throws {
        #expect(try processors("0::/\n", ["cpu.max": contents]) == expected)
    }

    @Test(arguments: [
        "max 100000\n", "", "100000\n", "a b\n", "-1 100000\n", "0 100000\n", "100000 0\n", "nan 1\n",
        "inf 1\n",
    ])
    func whatNamesNoQuotaLimitsNothing(contents: String) throws {
        #expect(try processors("0::/\n", ["cpu.max": contents]) == nil)
    }

    @Test func theLowestLimitOfAGroupAndThoseAboveItHolds() throws {
        let files = [
            "a/cpu.max": "300000 100000\n", "a/b/cpu.max": "max 100000\n", "a/b/c/cpu.max": "700000 100000\n",
            "other/cpu.max": "100000 100000\n",
        ]
        #expect(try processors("0::/a/b/c\n", files) == 3)
        #expect(try processors("0::/a/b\n", files) == 3)
        #expect(try processors("0::/other\n", files) == 1)
        #expect(try processors("0::/none\n", files) == nil)
    }

    /// In a container the group's path is often the host's, and only the mounted top is there.
    @Test func thePathOfTheHostFallsBackToWhatIsMounted() throws {
        #expect(try processors("0::/docker/0123/x\n", ["cpu.max": "200000 100000\n"]) == 2)
        #expect(try processors("0::/../..\n", ["cpu.max": "200000 100000\n"]) == 2)
    }

    @Test func version1HasAFileForTheQuotaAndOneForThePeriod() throws {
        let groups = "12:memory:/m\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/\n"
        func files(_ quota: String, _ period: String = "100000\n") -> [String: String] {
            [
                "cpu,cpuacct/docker/1/cpu.cfs_quota_us": quota,
                "cpu,cpuacct/docker/1/cpu.cfs_period_us": period,
                "memory/m/cpu.cfs_quota_us": "100000\n", "memory/m/cpu.cfs_period_us": "100000\n",
            ]
        }
        #expect(try processors(groups, files("250000\n")) == 3)
        #expect(try processors(groups, files("-1\n")) == nil)
        #expect(try processors(groups, files("25000\n", "12500\n")) == 2)
        #expect(try processors(groups, files("25000\n", "")) == nil)
        #expect(
            try processors(
                "4:cpu:/x\n0::/y\n",
                [
                    "cpu/cpu.cfs_quota_us": "500000\n", "cpu/cpu.cfs_period_us": "100000\n",
                    "y/cpu.max": "400000 100000\n",
                ]) == 4)
    }

    @Test func linesOfAnotherFormAreSkipped() throws {
        #expect(try processors("", ["cpu.max": "100000 100000\n"]) == nil)
        #expect(try processors("nonsense\n0::/\n", ["cpu.max": "100000 100000\n"]) == 1)
    }

    @Test func thereIsAtLeastOne() {
        #expect(Processors.available >= 1)
        #expect(Processors.available <= ProcessInfo.processInfo.processorCount)
    }

    #if os(Linux)
        /// A process that is bound to one processor of several has a pool of one thread.
        @Test(
            .enabled(
                if: ["/usr/bin/taskset", "/bin/taskset"].contains(where: FileManager.default.fileExists)
                    && Processors.available > 1
                    && ProcessInfo.processInfo.environment["VGGKIT_THREADS"] == nil,
                "needs taskset, two processors, and VGGKIT_THREADS unset"))
        func taskset() async throws {
            await #expect(processExitsWith: .success) {
                let binding = Process()
                binding.executableURL = URL(filePath: "/usr/bin/env")
                binding.arguments = [
                    "taskset", "-a", "-p", "1", String(ProcessInfo.processInfo.processIdentifier),
                ]
                binding.standardOutput = FileHandle.nullDevice
                try binding.run()
                binding.waitUntilExit()
                #expect(binding.terminationStatus == 0)
                #expect(Processors.available == 1)
                #expect(ThreadPool.shared.threadCount == 1)
            }
        }
    #endif
}
