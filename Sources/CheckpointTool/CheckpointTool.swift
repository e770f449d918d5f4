// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

@main
struct CheckpointTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vggkit",
        abstract: "Look into checkpoints, convert and compare them.",
        discussion: """
            Files may be PyTorch's (.pth, .pt, of any age), safetensors or NumPy's (.npy, .npz); their contents say which.
            Nothing that a file holds is ever run.
            """,
        subcommands: [Inspect.self, Convert.self, Diff.self])
}

extension Int {
    /// A size as people read it: `6.8 KiB`.
    var size: String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(self), 0)
        while value >= 1024 && unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return unit == 0 ? "\(self) bytes" : String(format: "%.1f %@", value, units[unit] as NSString)
    }
}

extension String {
    /// Control characters of a hostile file's names stay out of the terminal.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
