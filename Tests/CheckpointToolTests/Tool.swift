// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Runs the `vggkit` tool that was built beside the tests.
enum Tool {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    private static let url: URL = {
        let products = Bundle.allBundles.map(\.bundleURL) + [URL(filePath: CommandLine.arguments[0])]
        let folders = products.map { $0.deletingLastPathComponent() } + [Bundle.main.bundleURL]
        let found = folders.map { $0.appending(path: "vggkit") }
        return found.first { FileManager.default.isExecutableFile(atPath: $0.path) }
            ?? URL(filePath: "vggkit")
    }()

    static func start(_ arguments: String..., output: Pipe = Pipe(), errors: Pipe = Pipe()) throws -> Process
    {
        try start(arguments, output: output, errors: errors)
    }

    private static func start(_ arguments: [String], output: Pipe, errors: Pipe) throws -> Process {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return process
    }

    static func run(_ arguments: String...) throws -> Result {
        let (output, errors) = (Pipe(), Pipe())
        let process = try start(arguments, output: output, errors: errors)
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let problems = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: problems, as: UTF8.self))
    }
}
