// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a file in another format: every element keeps its type and its bits.",
        discussion: """
            The ending of OUT chooses the format: .safetensors, .pth, .pt, .npz, .npy. NumPy has no bfloat16, which becomes
            float32. Nested dictionaries of a .pth file stay nested in another one; elsewhere their tensors are called by
            their paths, and plain values become metadata.
            """)

    @Argument(help: "The file to read.")
    var input: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: "Drop the tensors with these names, as 'classifier.6.*'.")
    var drop: [String] = []

    @Flag(help: "Drop the metadata.")
    var noMetadata = false

    @Option(help: "Rename tensors, as 'module.*=*'.")
    var rename: [String] = []

    func validate() throws {
        for text in rename where text.split(separator: "=", omittingEmptySubsequences: false).count != 2 {
            throw ValidationError("--rename is '\(text)'; it should be OLD=NEW, as 'module.*=*'")
        }
    }

    func run() throws {
        let target = fileURL(output)
        guard let format = CheckpointFormat(pathExtension: target.pathExtension) else {
            throw ValidationError(
                "'\(target.pathExtension)' stands for no format; OUT should end in .safetensors, .pth, .pt, .npz or .npy"
            )
        }
        let file = try CheckpointFile(contentsOf: fileURL(input))
        let patterns = drop.map(NamePattern.init)
        let lost = file.unsupported.filter { entry in !patterns.contains { $0.matches(entry.name) } }
        if let entry = lost.first {
            throw ValidationError(
                "\(entry.name.printable) is not supported: \(entry.reason.printable); --drop '\(entry.name.printable)' skips it"
            )
        }
        if drop.isEmpty && rename.isEmpty && !noMetadata { return try file.write(to: target, as: format) }
        var arrays = file.arrays
        for pattern in patterns { arrays.removeAll { pattern.matches($0.name) } }
        for pair in rename.map({ $0.split(separator: "=", omittingEmptySubsequences: false).map(String.init) }
        ) {
            let renaming = Renaming(pair[0], to: pair[1])
            guard let renaming else {
                throw ValidationError(
                    "--rename '\(pair[0])=\(pair[1])' has more * on its right than on its left")
            }
            for index in arrays.indices { arrays[index].name = renaming(arrays[index].name) }
        }
        let names = Dictionary(grouping: arrays, by: \.name)
        if let name = names.first(where: { $0.value.count > 1 })?.key {
            throw ValidationError("two tensors would be called \(name)")
        }
        try CheckpointFile.write(arrays, metadata: noMetadata ? [:] : file.metadata, to: target, as: format)
    }
}
