// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

@Suite struct DeviceTests {
    @Test func devicesSaysWhatThereIs() throws {
        let result = try Tool.run("devices")
        #expect(result.status == 0)
        let threads = try #require(result.output.firstMatch(of: #/cpu: (\d+) threads?, /#)).1
        #expect(Int(threads)! > 0)
        #expect(result.output.contains("\(Kernels.instructionSet)"))
        let found = ["no CUDA driver: ", "compute capability", "finds no GPU", "the CUDA driver fails"]
        #expect(found.contains(where: result.output.contains))
    }

    /// With a driver of the tests' own before the system's, if there is one.
    @Test(
        .enabled(if: FakeDriver.isSupported),
        arguments: [
            ("FAKE_CUDA_DEVICES=0", "the CUDA driver finds no GPU"),
            ("FAKE_CUDA_ERROR=100", "the CUDA driver finds no GPU"),
            (
                "FAKE_CUDA_DEVICES=2",
                "cuda:0: Card 100, 1 GiB, compute capability 8.6; cuda:1: Card 101, 2 GiB, compute capability 8.6; the driver runs CUDA 12.4, but this version of VGGKit computes on the processor only"
            ),
            (
                "FAKE_CUDA_ERROR=803",
                "the CUDA driver fails in cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, driver and library differ"
            ), ("FAKE_CUDA_ERROR=7", "the CUDA driver fails in cuInit: error 7, of an unknown kind"),
        ])
    func whatTheDriverFindsIsSaid(environment: String, answer: String) throws {
        let folder = try FakeDriver.make()
        let result = try Tool.run(
            ["devices"], through: "export \(environment) LD_LIBRARY_PATH='\(folder.path)'")
        #expect(result.status == 0 && result.output.contains(answer), "\(result.output) \(result.errors)")
    }

    @Test(.enabled(if: FakeDriver.isSupported)) func aFileThatIsNoLibraryIsNamed() throws {
        let scratch = try Scratch()
        try Data("no library".utf8).write(to: scratch.url.appending(path: "libcuda.so.1"))
        let result = try Tool.run(["devices"], through: "export LD_LIBRARY_PATH='\(scratch.url.path)'")
        #expect(
            result.status == 0 && result.output.contains("no CUDA driver: libcuda.so.1"), "\(result.output)")
    }

    @Test(arguments: ["best", "cpu"]) func theProcessorIsNamedWhereTrainingBegins(device: String) throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let result = try Tool.run(scratch.train(to: "run", epochs: 1, "--device", device))
        #expect(result.status == 0 && result.output.contains("seed 7; cpu: "), "\(result.errors)")
    }
}

/// `Tests/FakeCUDA`, compiled with the clang that comes with Swift.
private enum FakeDriver {
    #if os(Linux)
        static let isSupported = true
    #else
        static let isSupported = false
    #endif

    private static let folder = FileManager.default.temporaryDirectory.appending(
        path: "vggkit-fake-cuda-\(UUID().uuidString)")

    static func make() throws -> URL {
        let library = folder.appending(path: "libcuda.so.1")
        let source = URL(filePath: #filePath).appending(path: "../../FakeCUDA/driver.c").standardizedFileURL
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard !FileManager.default.fileExists(atPath: library.path) else { return folder }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            """
            PATH="$PATH:$(dirname "$(readlink -f "$(command -v swift)")")"
            clang -shared -fPIC -o '\(library.path)'.$$ '\(source.path)' && mv '\(library.path)'.$$ '\(library.path)'
            """,
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return folder
    }
}
