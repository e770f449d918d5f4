// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// Runs the `vggkit` command, or another program that was built beside the tests, as a user would.
enum Tool {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Where a program lies that was built beside the tests.
    static func path(of name: String = "vggkit") -> String {
        let products = Bundle.allBundles.map(\.bundleURL) + [URL(filePath: CommandLine.arguments[0])]
        let folders = products.map { $0.deletingLastPathComponent() } + [Bundle.main.bundleURL]
        let found = folders.map { $0.appending(path: name).path }
        return found.first { FileManager.default.isExecutableFile(atPath: $0) } ?? name
    }

    static func start(_ arguments: [String], through shell: String? = nil, program: String = "vggkit") throws
        -> (Process, Pipe, Pipe)
    {
        let process = Process()
        if let shell {
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "\(shell); exec \"$0\" \"$@\"", path(of: program)] + arguments
        } else {
            process.executableURL = URL(filePath: path(of: program))
            process.arguments = arguments
        }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try withSignalsUnblocked { try process.run() }
        return (process, output, errors)
    }

    /// A new process takes over what its parent's thread blocks; the test runner's threads block signals.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    static func finish(_ process: Process, _ output: Pipe, _ errors: Pipe) throws -> Result {
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let problems = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: problems, as: UTF8.self))
    }

    /// - Parameter shell: commands for the shell to run first, in the program's own process.
    static func run(_ arguments: [String], through shell: String? = nil, program: String = "vggkit") throws
        -> Result
    {
        let (process, output, errors) = try start(arguments, through: shell, program: program)
        return try finish(process, output, errors)
    }

    static func run(_ arguments: String...) throws -> Result { try run(arguments) }
}

/// A folder for one test, gone when the test is over.
final class Scratch {
    let url = FileManager.default.temporaryDirectory.appending(path: "vggkit-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

    /// Three classes that a glance tells apart: reddish, greenish and bluish noise.
    func makePhotos(_ name: String = "photos", perClass count: Int = 12) throws {
        var generator = RandomGenerator(seed: 5)
        for (channel, className) in ["red", "green", "blue"].enumerated() {
            let folder = url.appending(path: name).appending(path: className)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<count {
                let pixels = (0..<24 * 24 * 3).map { place in
                    UInt8(generator.uniform(in: 0...120)) + (place % 3 == channel ? 100 : 0)
                }
                try Image(width: 24, height: 24, channels: 3, pixels: pixels)
                    .write(to: folder.appending(path: "\(index).jpg"))
            }
        }
    }

    /// Arguments for a run of seconds.
    func train(_ photos: String = "photos", to output: String, epochs: Int = 3, _ more: String...) -> [String]
    {
        [
            "train", path(photos), "--output", path(output), "--column", "8 M 16 M", "--image-size", "16",
            "--pooled-size", "4", "--hidden-units", "16", "--epochs", "\(epochs)", "--batch-size", "8",
            "--learning-rate", "0.01",
            "--validation", "0.25", "--seed", "7",
        ] + more
    }
}
