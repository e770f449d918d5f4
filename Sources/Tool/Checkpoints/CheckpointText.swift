// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Int {
    /// A size for readers: `6.8 KiB`.
    var size: String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(self), 0)
        while value >= 1024 && unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return unit == 0 ? "\(self) bytes" : String(format: "%.1f %@", value, units[unit] as NSString)
    }
}

extension String {
    /// Replaces control characters, so that names in a hostile file cannot control the terminal.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
