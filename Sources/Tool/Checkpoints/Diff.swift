// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare two files: names, types, shapes and values.",
        discussion:
            "The exit status is 1 if they differ, 2 if they do not and something could not be compared.")

    @Argument(help: "A file.")
    var first: String

    @Argument(help: "Another one, of any format.")
    var second: String

    func run() throws {
        let (a, b) = (
            try CheckpointFile(contentsOf: fileURL(first)),
            try CheckpointFile(contentsOf: fileURL(second))
        )
        let others = Dictionary(b.arrays.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let names = Set(a.arrays.map(\.name))
        var (differences, uncompared) = (0, 0)
        func report(_ text: String) {
            differences += 1
            print(text)
        }
        for (name, array) in a.arrays {
            guard let other = others[name] else {
                report("only in \(first): \(name.printable)")
                continue
            }
            if let difference = ArrayDifference(array, other) { report("\(name.printable): \(difference)") }
        }
        for (name, _) in b.arrays where !names.contains(name) {
            report("only in \(second): \(name.printable)")
        }
        for (path, file) in [(first, a), (second, b)] {
            for entry in file.unsupported {
                uncompared += 1
                print("not compared, in \(path): \(entry.name.printable), \(entry.reason.printable)")
            }
        }
        if differences > 0 { throw ExitCode(1) }
        print("the same \(a.arrays.count) tensors")
        if uncompared > 0 { throw ExitCode(2) }
    }
}
