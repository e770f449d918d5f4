// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Shard: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Write photos into tar archives of many photos each, for storage that is slow with small files.",
        discussion: """
            The shards have WebDataset's layout (000017.jpg, 000017.cls) and the photos' own bytes, in a random order. In \
            a program, PhotoShards reads them.
            """)

    @Argument(help: "The folder with one folder of photos for each class, or with train/ and val/.")
    var photos: String

    @Argument(help: "The folder in which NAME-000000.tar and so on are created.")
    var output: String

    @Option(
        help:
            "What the shards' names begin with; not where the photos are in train/ and val/. (default: train)"
    )
    var name: String?

    @Option(help: "A shard is begun when the one before has so many MB.")
    var megabytes = 512

    @Option(help: "Another seed gives the photos another order.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (1...1_000_000).contains(megabytes) else {
            throw ValidationError("--megabytes is \(megabytes); it should lie between 1 and 1000000")
        }
        if let name, name.isEmpty || name.hasPrefix(".") || name.contains("/") {
            throw ValidationError("--name is \(name); it should be the beginning of a file's name, as train")
        }
    }

    func run() throws {
        let root = fileURL(photos)
        guard let parts = SplitLayout(of: root), parts.validationHasClasses else {
            return try write(folder(root), name ?? "train")
        }
        guard name == nil else {
            throw Failure(
                "--name \(name!) has no effect: \(photos) holds \(parts.training.lastPathComponent) and \(parts.validation.lastPathComponent), after which the shards are named"
            )
        }
        let folders = try [parts.training, parts.validation].map { try folder($0) }
        guard folders[0].classes == folders[1].classes else {
            throw Failure(
                difference(
                    folders[0].root.relativePath, folders[0].classes, folders[1].root.relativePath,
                    folders[1].classes))
        }
        for folder in folders { try write(folder, folder.root.lastPathComponent) }
    }

    /// Each photo is read when it is written, so not before.
    private func folder(_ root: URL) throws -> ImageFolder { try ImageFolder(root, readsHeaders: false) }

    private func write(_ folder: ImageFolder, _ name: String) throws {
        folder.notices.forEach(say)
        var writer = ShardWriter(fileURL(output))
        writer.shardSize = megabytes * 1_000_000
        writer.seed = seed
        let bar = ProgressBar(title: name, total: folder.count)
        var done = 0
        let written = try writer.write(folder, named: name) {
            done += 1
            bar.update(done: done)
        }
        bar.finish()
        for file in written.unreadable { say("skipped: \(file)") }
        guard let first = written.shards.first, let last = written.shards.last else { return }
        let others = first == last ? "" : " to \(last.lastPathComponent)"
        say("\(written.count) photos in \(output)/\(first.lastPathComponent)\(others)")
    }
}
