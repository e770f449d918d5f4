// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Split a folder of photos into train/ and val/, the same share of each class.")

    @Argument(help: "The folder with one folder of photos for each class.")
    var photos: String

    @Argument(help: "The folder in which train/ and val/ are created.")
    var output: String

    @Option(help: "The share of each class that goes to val/.")
    var validation = 0.1

    @Option(help: "Another seed draws another split.")
    var seed: UInt64 = 0

    @Flag(help: "Link to the photos instead of copying them.")
    var link = false

    func validate() throws {
        guard validation > 0 && validation < 1 else {
            throw ValidationError("--validation is \(validation); it should lie between 0 and 1, as 0.1")
        }
    }

    func run() throws {
        let folder = try ImageFolder(fileURL(photos), readsHeaders: true)
        folder.notices.forEach(say)
        let parts = try folder.split(validation: validation, seed: seed)
        try parts.write(to: fileURL(output), by: link ? .symbolicLink : .copy)
        print("\(parts.training.count) photos in \(output)/train, \(parts.validation.count) in \(output)/val")
        let counts = [parts.training, parts.validation].map { part in
            part.labels.reduce(into: [Int](repeating: 0, count: folder.classes.count)) { $0[$1] += 1 }
        }
        for (index, name) in folder.classes.enumerated() {
            print("  \(name): \(counts[0][index]) + \(counts[1][index])")
        }
    }
}
