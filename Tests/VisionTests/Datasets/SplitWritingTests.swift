// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Vision

@Suite struct SplitWritingTests {
    @Test func aSplitIsNotWrittenIntoItsSource() throws {
        let scratch = try Scratch()
        for name in ["a/1", "a/2", "b/1", "b/2"] { try scratch.photo("set/\(name).jpg") }
        let source = scratch.url.appending(path: "set")
        try FileManager.default.createSymbolicLink(
            at: scratch.url.appending(path: "link"), withDestinationURL: source)
        let split = try ImageFolder(source).split(validation: 0.5, seed: 0)
        for path in ["set", "set/split", "set/a/../split", "link/split"] {
            #expect("\(path)") {
                try split.write(to: scratch.url.appending(path: path))
            } throws: {
                if case .withinSource? = $0 as? DatasetError { true } else { false }
            }
        }
        #expect(try ImageFolder(source).classes == ["a", "b"])
        try split.write(to: scratch.url.appending(path: "set of two"))
    }
}
