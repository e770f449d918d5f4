// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import TestSupport
import Testing
import VGGKit

@Suite struct DescribedErrorTests {
    private static let url = URL(filePath: "runs/a")

    static let errors: [any DescribedError] = [
        FileError.notWritten(url, reason: "the disk is full", hadPrevious: true),
        FileError.noFolder(url, reason: "no permission"),
        CheckpointError.invalid(url, "it is empty"),
        StateError.names(LoadReport(missing: ["weight"])),
        OptimizerStateError.missing(name: "exp_avg.weight"),
        TrainingError.noBatches,
        DownloadError.unwritable(url, reason: "the disk is full"),
        ExplanationError.noConvolution,
        PredictionError.notFinite(url, parameter: "weight"),
        ImageError.corrupt(source: "a.jpg", reason: "no scan"),
        DatasetError.noClasses("photos"),
        LoaderError.noBatches(sampleCount: 1, batchSize: 2),
    ]

    @Test(arguments: errors.map { "\(type(of: $0))" }) func localizedDescriptionIsTheDescription(
        _ type: String
    ) {
        for error in Self.errors where "\(Swift.type(of: error))" == type {
            #expect((error as any Error).localizedDescription == error.description)
            #expect((error as NSError).localizedDescription == error.description)
        }
    }

    /// A type that is an `Error` and no more is "The operation could not be completed" to whoever shows it.
    @Test func everyPublicErrorIsDescribed() throws {
        let package = FixtureFile.folder.deletingLastPathComponent().deletingLastPathComponent()
        let files = FileManager.default.enumerator(
            at: package.appending(path: "Sources"), includingPropertiesForKeys: nil)
        var count = 0
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if line.contains(": DescribedError") { count += 1 }
                #expect(
                    line.firstMatch(of: /public (enum|struct|class) \w+: (.*\W)?Error\b/) == nil,
                    "\(file.lastPathComponent): \(line)")
            }
        }
        #expect(count >= 13)
    }

    @Test func aFolderThatCannotBeMadeIsNamedWithTheReason() throws {
        let scratch = TemporaryFolder()
        let file = scratch.url.appending(path: "file")
        try Data().write(to: file)
        let error = #expect(throws: FileError.self) { try makeFolder(file.appending(path: "a/b")) }
        #expect(
            error?.description.hasPrefix("cannot make the folder ") == true
                && error?.description.hasSuffix("/file/a: not a directory") == true)
        #expect(throws: FileError.self) { try makeFolder(file) }
        let deep = scratch.url.appending(path: "a/b/c")
        try makeFolder(deep)
        try makeFolder(deep)
        #expect(FileManager.default.fileExists(atPath: deep.path))
    }
}
