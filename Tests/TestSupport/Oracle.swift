// SPDX-License-Identifier: Apache-2.0

import Foundation

/// PyTorch, where it is installed: the Python of `.venv`, or the one that `VGGKIT_TEST_PYTHON` names.
public enum Oracle {
    private static let scripts = FixtureFile.folder.deletingLastPathComponent().appending(path: "Oracle")

    private static let python: URL? = {
        let package = scripts.deletingLastPathComponent().deletingLastPathComponent()
        let candidates = [
            ProcessInfo.processInfo.environment["VGGKIT_TEST_PYTHON"],
            package.appending(path: ".venv/bin/python").path,
        ].compactMap(\.self)
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }.map { URL(filePath: $0) }
    }()

    public static let isPresent = has("torch, safetensors, numpy")

    /// Whether Python modules can be imported.
    public static func has(_ modules: String) -> Bool {
        guard let python else { return false }
        return (try? execute(python, ["-c", "import \(modules)"]))?.status == 0
    }

    public static func run(_ script: String, _ arguments: [String]) throws -> String {
        let result = try execute(python!, [scripts.appending(path: script).path] + arguments)
        guard result.status == 0 else { throw Failure(description: result.errors) }
        return result.output
    }

    public struct Failure: Error, CustomStringConvertible { public let description: String }

    private static func execute(
        _ tool: URL, _ arguments: [String]
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = tool
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let problems = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: text, as: UTF8.self),
            String(decoding: problems, as: UTF8.self)
        )
    }
}
