// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the tensors of a file: names, types, shapes, sizes; metadata and format.")

    @Argument(help: "The file.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        struct Row: Encodable {
            var name: String
            var type: String
            var shape: [Int]
            var bytes: Int
        }

        /// Entries that are not supported.
        struct Unsupported: Encodable {
            var name: String
            var reason: String
        }

        var file: String
        var format: CheckpointFormat
        var bytes: Int
        var tensors: [Row]
        var unsupported: [Unsupported]
        var metadata: [String: String]
    }

    func run() throws {
        let found = try CheckpointFile(contentsOf: fileURL(file))
        let report = Report(
            file: file, format: found.format, bytes: found.byteCount,
            tensors: found.arrays.map { name, array in
                .init(name: name, type: array.type.rawValue, shape: array.shape, bytes: array.byteCount)
            }, unsupported: found.unsupported.map { .init(name: $0.name, reason: $0.reason) },
            metadata: found.metadata)
        json ? try printJSON(report) : print(report)
    }

    private func printJSON(_ report: Report) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        Swift.print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }

    private func print(_ report: Report) {
        let elements = report.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        Swift.print(
            "\(file): \(report.format.rawValue), \(report.bytes.size), \(report.tensors.count) tensors, \(elements) elements"
        )
        let names = report.tensors.map(\.name.printable)
        let shapes = report.tensors.map { "\($0.shape)" }
        let (nameWidth, shapeWidth) = (names.map(\.count).max() ?? 0, shapes.map(\.count).max() ?? 0)
        for (row, (name, shape)) in zip(report.tensors, zip(names, shapes)) {
            Swift.print(
                "  \(name.padded(nameWidth))  \(row.type.padded(4))  \(shape.padded(shapeWidth))  \(row.bytes.size)"
            )
        }
        for entry in report.unsupported {
            Swift.print("  \(entry.name.printable)  not supported: \(entry.reason.printable)")
        }
        guard !report.metadata.isEmpty else { return }
        Swift.print("metadata")
        for (key, value) in report.metadata.sorted(by: { $0.key < $1.key }) {
            Swift.print("  \(key.printable): \(value.printable.prefix(200))\(value.count > 200 ? "…" : "")")
        }
    }
}
