// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DrawnFlowers
import Foundation

struct Synthesize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a data set: five kinds of flowers as JPEGs, a folder for each.",
        discussion: """
            Kinds differ by their shapes only: they share colours, backgrounds, light and poses. One seed draws the \
            same pictures again, and more of them go on where fewer stopped.
            """)

    @Argument(help: "The folder to make; it may exist if it is empty.")
    var output: String

    @Option(help: "How many pictures of each kind.")
    var imagesPerClass = 500

    @Option(help: "Side of the pictures, in pixels.")
    var size = 96

    @Option(help: "Another seed draws other pictures.")
    var seed: UInt64 = 0

    @Option(help: "Quality of the JPEGs, 1 to 100.")
    var quality = 90

    func validate() throws {
        let ranges = [
            ("--images-per-class", imagesPerClass, 1...1_000_000), ("--size", size, 16...4096),
            ("--quality", quality, 1...100),
        ]
        for (name, value, range) in ranges where !range.contains(value) {
            throw ValidationError(
                "\(name) is \(value); it should lie between \(range.lowerBound) and \(range.upperBound)")
        }
    }

    func run() throws {
        let flowers = DrawnFlowers(imagesPerClass: imagesPerClass, size: size, seed: seed, quality: quality)
        let counter = Counter(total: flowers.count)
        try flowers.write(to: URL(filePath: output), onPicture: counter.step)
        counter.finish()
        print(
            "\(flowers.count) pictures of \(size)×\(size) pixels in \(output): \(imagesPerClass) each of \(DrawnFlowers.kinds.joined(separator: ", "))"
        )
    }
}

/// Shows how many pictures are drawn: in a terminal a number, elsewhere one line per kind.
private final class Counter {
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var done = 0
    private var kind = ""

    init(total: Int) { self.total = total }

    func step(_ kind: String) {
        done += 1
        if isTerminal {
            guard done % 20 == 0 || done == total else { return }
            write("\r\u{1B}[Kdrawing \(kind)  \(done)/\(total)")
        } else if kind != self.kind {
            write("drawing \(kind)\n")
        }
        self.kind = kind
    }

    func finish() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
