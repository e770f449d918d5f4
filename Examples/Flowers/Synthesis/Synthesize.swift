// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit

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
        let folder = fileURL(output)
        try requireEmpty(folder)
        let total = imagesPerClass * FlowerKind.allCases.count
        let progress = SynthesisProgress(total: total)
        for kind in FlowerKind.allCases {
            let own = folder.appending(path: kind.rawValue)
            try makeFolder(own)
            for index in 0..<imagesPerClass {
                let picture = drawFlower(kind, index: index, size: size, seed: seed)
                let image = Image(
                    width: picture.width, height: picture.height, channels: 3, pixels: picture.pixels)
                try image.write(to: own.appending(path: fileName(kind, index)), quality: quality)
                progress.step(kind.rawValue)
            }
        }
        progress.finish()
        let kinds = FlowerKind.allCases.map(\.rawValue).joined(separator: ", ")
        print("\(total) pictures of \(size)×\(size) pixels in \(output): \(imagesPerClass) each of \(kinds)")
    }

    private func fileName(_ kind: FlowerKind, _ index: Int) -> String {
        let digits = String(index + 1)
        return "\(kind.rawValue)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).jpg"
    }

    /// Nothing that is there is ever overwritten.
    private func requireEmpty(_ folder: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw Failure("\(output) is a file; name a folder to be made")
        }
        let contents = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard contents.isEmpty else {
            throw Failure(
                "\(output) holds \(contents.count) entries already (\(contents.sorted()[0])…); name another folder or remove it"
            )
        }
    }
}

/// A counter on the terminal; a line a kind where the output goes to a file.
private final class SynthesisProgress {
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
