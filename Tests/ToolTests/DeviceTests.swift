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
        let found = [
            "no CUDA driver: ", "compute capability", "finds no GPU", "the CUDA driver fails", "too old",
        ]
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
                """
                cuda:0: Card 100, 1 GiB, compute capability 8.6; our own kernels only; faster with pip install nvidia-cublas-cu12 nvidia-cudnn-cu12
                cuda:1: Card 101, 2 GiB, compute capability 8.6; our own kernels only; faster with pip install nvidia-cublas-cu12 nvidia-cudnn-cu12
                the driver runs CUDA 12.4
                """
            ),
            (
                "FAKE_CUDA_ERROR=803",
                "the CUDA driver fails in cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, driver and library differ"
            ), ("FAKE_CUDA_ERROR=7", "the CUDA driver fails in cuInit: error 7, of an unknown kind"),
            (
                "FAKE_CUDA_VERSION=11040",
                "the CUDA driver is too old: it runs CUDA 11.4, and 11.8 or newer is needed"
            ),
        ])
    func whatTheDriverFindsIsSaid(environment: String, answer: String) throws {
        let folder = try FakeDriver.make()
        let result = try Tool.run(
            ["devices"],
            through: "export VGGKIT_CUDA_LIBS=none \(environment) LD_LIBRARY_PATH='\(folder.path)'")
        #expect(result.status == 0 && result.output.contains(answer), "\(result.output) \(result.errors)")
    }

    @Test(.enabled(if: FakeDriver.isSupported)) func aFileThatIsNoLibraryIsNamed() throws {
        let scratch = try Scratch()
        try Data("no library".utf8).write(to: scratch.url.appending(path: "libcuda.so.1"))
        let result = try Tool.run(["devices"], through: "export LD_LIBRARY_PATH='\(scratch.url.path)'")
        #expect(
            result.status == 0 && result.output.contains("no CUDA driver: libcuda.so.1"), "\(result.output)")
    }

    @Test(.enabled(if: FakeDriver.isSupported)) func aGPUThatIsNotThereIsRefused() throws {
        let folder = try FakeDriver.make()
        for (name, message) in [
            ("cuda:5", "--device cuda:5: there is no cuda:5; the CUDA driver finds cuda:0 (Card 100)"),
            (
                "tpu",
                "there is no device 'tpu'; there are cpu, cuda, cuda:0, cuda:1 …, and best for the fastest"
            ),
        ] {
            let result = try Tool.run(
                ["predict", "nothing", "nothing.jpg", "--device", name],
                through: "export LD_LIBRARY_PATH='\(folder.path)'")
            #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
        }
    }

    /// A whole run on a GPU, which fails in the second one after some steps.
    @Test(.enabled(if: FakeDriver.isSupported)) func aRunOnAGPUNamesIt() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let driver = try FakeDriver.make()
        let environment = "export VGGKIT_CUDA_STRICT=1 VGGKIT_CUDA_LIBS=none LD_LIBRARY_PATH='\(driver.path)'"
        let result = try Tool.run(
            scratch.train(to: "run", epochs: 1, "--device", "cuda"), through: environment)
        #expect(result.status == 0 && result.output.contains("seed 7; cuda:0: Card 100"), "\(result.errors)")
        let broken = try Tool.run(
            scratch.train(to: "broken", epochs: 1, "--device", "cuda"),
            through: environment + " FAKE_CUDA_LAUNCHES=100")
        #expect(broken.status != 0 && broken.errors.contains("the CUDA driver fails in cuLaunchKernel of "))
        #expect(broken.errors.contains("No checkpoint had been written yet"), "\(broken.errors)")
    }

    @Test(arguments: ["best", "cpu"]) func theProcessorIsNamedWhereTrainingBegins(device: String) throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let result = try Tool.run(
            scratch.train(to: "run", epochs: 1, "--device", device),
            through: "export LD_LIBRARY_PATH='\(scratch.url.path)'")
        #expect(result.status == 0 && result.output.contains("seed 7; cpu: "), "\(result.errors)")
    }
}

/// The driver of `Tests/FakeCUDA`.
private enum FakeDriver {
    #if os(Linux)
        static let isSupported = true
    #else
        static let isSupported = false
    #endif

    private static let built = Result {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "vggkit-fake-cuda-\(UUID().uuidString)")
        let script = URL(filePath: #filePath).appending(path: "../../FakeCUDA/build").standardizedFileURL
        let process = Process()
        process.executableURL = script
        process.arguments = [folder.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return folder
    }

    /// The folder of the library, which is built once.
    static func make() throws -> URL { try built.get() }
}
