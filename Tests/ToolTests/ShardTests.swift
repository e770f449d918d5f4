// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// `vggkit shard`
@Suite struct ShardTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.makePhotos(perClass: 6)
    }

    private func shards(_ name: String) throws -> PhotoShards {
        try PhotoShards(
            in: scratch.url.appending(path: "shards"), named: name,
            Compose([Resize(8)], normalize: .imageNet))
    }

    @Test func photosAreWrittenOnce() throws {
        try Data("text".utf8).write(to: scratch.url.appending(path: "photos/red/text.jpg"))
        let result = try Tool.run(["shard", scratch.path("photos"), scratch.path("shards")])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("18 photos in \(scratch.path("shards"))/train-000000.tar"))
        #expect(result.output.contains("text.jpg is neither"))
        #expect(try shards("train").count == 18 && shards("train").classes == ["blue", "green", "red"])
        let again = try Tool.run(["shard", scratch.path("photos"), scratch.path("shards")])
        #expect(again.status != 0 && again.errors.contains("train-000000.tar exists"), "\(again.errors)")
    }

    @Test func bothPartsOfADataSetAreWritten() throws {
        #expect(
            try Tool.run(["split", scratch.path("photos"), scratch.path("parts"), "--validation", "0.34"])
                .status == 0)
        let result = try Tool.run(["shard", scratch.path("parts"), scratch.path("shards")])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try shards("train").count == 12 && shards("val").count == 6)
        let named = try Tool.run(
            ["shard", scratch.path("parts"), scratch.path("other"), "--name", "photos"])
        #expect(named.status != 0 && named.errors.contains("--name photos has no effect"))
    }

    @Test(arguments: [["--megabytes", "0"], ["--name", "a/b"], ["--name", ""]])
    func wrongOptionsAreRefused(options: [String]) throws {
        let result = try Tool.run(["shard", scratch.path("photos"), scratch.path("shards")] + options)
        #expect(result.status == 64 && result.errors.contains(options[0]), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("shards")))
    }
}
