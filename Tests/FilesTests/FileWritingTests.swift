// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Synchronization
import TensorCore
import TestSupport
import Testing

@Suite struct FileWritingTests {
    private let folder = TemporaryFolder()
    private var url: URL { folder.url.appending(path: "file") }

    private func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }

    @Test func writesAndReplaces() throws {
        try writeAtomically(Data("first, and longer".utf8), to: url)
        try writeAtomically(Data("second".utf8), to: url)
        #expect(try text() == "second")
        #expect(folder.names == ["file"])
    }

    @Test func aFailureInTheMiddleLeavesTheOldFileAndNothingElse() throws {
        try writeAtomically(Data("old".utf8), to: url)
        let error = #expect(throws: FileError.self) {
            try writeAtomically(to: url) { file throws(FileError) in
                try file.write(Data("new".utf8))
                throw .notWritten(url, reason: "test", hadPrevious: true)
            }
        }
        #expect("\(error!)".hasSuffix("the file that was there is unchanged"))
        #expect(try text() == "old")
        #expect(folder.names == ["file"])
    }

    @Test(arguments: [false, true]) func aFullDiskIsAnErrorThatSaysWhatIsLeft(hadPrevious: Bool) throws {
        if hadPrevious { try writeAtomically(Data("old".utf8), to: url) }
        let room = Lock(5)
        let full = AtomicFile.System { descriptor, bytes in
            room.withLock { room in
                if room == 0 {
                    errno = ENOSPC
                    return -1
                }
                let count = min(room, bytes.count)
                room -= count
                return AtomicFile.System.standard.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
            }
        }
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write(to: url, using: full) { file throws(FileError) in
                try file.write(Data("longer than the room".utf8))
            }
        }
        #expect(error == .notWritten(url, reason: "no space left on device", hadPrevious: hadPrevious))
        #expect("\(error!)".contains(url.path))
        #expect(folder.names == (hadPrevious ? ["file"] : []))
        if hadPrevious { #expect(try text() == "old") }
    }

    @Test func shortAndInterruptedWritesAreTakenUpAgain() throws {
        let calls = Lock(0)
        let slow = AtomicFile.System { descriptor, bytes in
            let isInterrupted = calls.withLock { calls in
                calls += 1
                return calls % 2 == 1
            }
            if isInterrupted {
                errno = EINTR
                return -1
            }
            return AtomicFile.System.standard.write(
                descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(3)))
        }
        try AtomicFile.write(to: url, using: slow) { file throws(FileError) in
            try file.write(Data("0123456789".utf8))
            try file.write(Data("abc".utf8))
        }
        #expect(try text() == "0123456789abc")
    }

    @Test func whatAKilledProcessLeftIsTakenOver() throws {
        try Data("a partial file of a killed process".utf8).write(
            to: folder.url.appending(path: ".file.partial"))
        try writeAtomically(Data("whole".utf8), to: url)
        #expect(try text() == "whole")
        #expect(folder.names == ["file"])
    }

    @Test func writersOfOneFileTakeTurns() async throws {
        let url = url
        let contents = (0..<8).map { String(repeating: "\($0)", count: 20000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for content in contents {
                group.addTask { for _ in 0..<5 { try writeAtomically(Data(content.utf8), to: url) } }
            }
            try await group.waitForAll()
        }
        #expect(contents.contains(try text()))
        #expect(folder.names == ["file"])
    }

    @Test func permissionsAndLinksStay() throws {
        try writeAtomically(Data("old".utf8), to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
        let link = folder.url.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: url)
        try writeAtomically(Data("new".utf8), to: link)
        #expect(try text() == "new")
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == url.path)
    }

    @Test func placesThatTakeNoFileAreErrors() throws {
        let nowhere = folder.url.appending(path: "missing/file")
        let error = #expect(throws: FileError.self) { try writeAtomically(Data(), to: nowhere) }
        #expect(
            "\(error!)" == "cannot write \(nowhere.path): no such file or directory; nothing was left behind")
        let directory = #expect(throws: FileError.self) { try writeAtomically(Data(), to: folder.url) }
        #expect("\(directory!)".contains("not a regular file"))
        #expect(throws: FileError.self) { try writeAtomically(Data(), to: URL(filePath: "/dev/null")) }
    }
}
